import { within } from '@odst/async';
import { OdstError } from '@odst/kernel';
import { decodeManifest, type Manifest } from '../domain/manifest.ts';
import type { StorageDeps } from './deps.ts';
import type { HeldBlob } from './ports.ts';
import type { Sealing } from './sealing.ts';

/** A verified blob with its manifest. */
export type BlobWithManifest = { readonly held: HeldBlob; readonly bytes: Uint8Array; readonly manifest: Manifest };

/** Manifests of the blobs that are asked for right now; a range of a blob needs its manifest again and again. */
const cachedManifests = 32;

/** Longest wait for a manifest that is being made. One of 1 GiB takes a second, one of 15 GB longer than anybody waits. */
const longestWaitMs = 2_000;

/**
 * Loads a blob that is here, and its manifest; waits a moment for it right after an upload, where it is being made.
 * @throws OdstError STORAGE_BLOB_UNKNOWN, also when its file is gone; STORAGE_MANIFEST_PENDING when it takes longer;
 *   STORAGE_BLOB_CORRUPT; COMMON_SERVICE_UNAVAILABLE when the server stops
 */
export type LoadManifest = (sha256: string) => Promise<BlobWithManifest>;

/** Builds the lookup. It asks the index every time: a removed blob is unknown at once. */
export function createLoadManifest<Transaction>(
  deps: Pick<StorageDeps<Transaction>, 'blobIndex' | 'manifests'> & { readonly sealing: Pick<Sealing, 'seal'> },
): LoadManifest {
  const cache = new Map<string, { readonly bytes: Uint8Array; readonly manifest: Manifest }>();
  const find = async (sha256: string): Promise<HeldBlob | undefined> => {
    const held = await deps.blobIndex.find(sha256);
    if (held === undefined || held.manifestDigest !== '') return held;
    await within(longestWaitMs, `making the chunk lists of ${sha256}`, deps.sealing.seal(sha256), {
      code: 'STORAGE_MANIFEST_PENDING',
    });
    const after = await deps.blobIndex.find(sha256);
    // Removed and uploaded anew meanwhile.
    if (after?.manifestDigest === '')
      throw new OdstError('STORAGE_MANIFEST_PENDING', `the chunk lists of ${sha256} are still being made`);
    return after;
  };
  return async (sha256) => {
    const held = /^[0-9a-f]{64}$/.test(sha256) ? await find(sha256) : undefined;
    if (held === undefined) throw unknown(sha256);
    const known = cache.get(held.manifestDigest);
    if (known !== undefined) return { held, ...known };
    const bytes = await deps.manifests.load(held.manifestDigest);
    if (bytes === undefined) {
      // Removed since it was found, and its manifest with it.
      if ((await deps.blobIndex.find(sha256)) === undefined) throw unknown(sha256);
      throw new Error(`the manifest ${held.manifestDigest} of the blob ${sha256} is missing`);
    }
    const loaded = { bytes, manifest: decodeManifest(bytes) };
    const oldest = cache.keys().next().value;
    if (cache.size >= cachedManifests && oldest !== undefined) cache.delete(oldest);
    cache.set(held.manifestDigest, loaded);
    return { held, ...loaded };
  };
}

function unknown(sha256: string): OdstError {
  return new OdstError('STORAGE_BLOB_UNKNOWN', `there is no verified copy of ${sha256} here`);
}
