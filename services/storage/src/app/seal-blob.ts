import { createHash } from 'node:crypto';
import { createSemaphore } from '@odst/async';
import { serviceMetadata } from '@odst/event-store';
import { chunkCount, isOdstError } from '@odst/kernel';
import { blobStream } from '../domain/blob.ts';
import type { ChunkDigests } from '../domain/chunk-digests.ts';
import { encodeManifest } from '../domain/manifest.ts';
import type { StorageDeps } from './deps.ts';
import type { HeldBlob } from './ports.ts';
import { readChunkDigests } from './read-chunk-digests.ts';

/** Blobs that are read back at once: more would only take the disk and the slots from transfers. */
const blobsAtOnce = 2;

/** One more is read back where it has at most so many bytes: else a small one would wait for minutes behind large ones. */
const smallBytes = 1_073_741_824;

/** The manifest of a file of which every chunk's digests are known, and its own digest. */
export function sealedBytes(
  file: Pick<HeldBlob, 'sizeBytes' | 'sha1' | 'sha256'>,
  chunks: ChunkDigests,
): { readonly bytes: Uint8Array; readonly digest: string } {
  const bytes = encodeManifest({ ...file, ...chunks.lists(chunkCount(file.sizeBytes)) });
  return { bytes, digest: createHash('sha256').update(bytes).digest('hex') };
}

/**
 * Makes the manifest of a blob that has none, and appends the event. Does nothing for one that has it, or is not held.
 * @param chunks digests that need not be made again; gets the others
 * @throws OdstError STORAGE_BLOB_UNKNOWN when its file is gone, STORAGE_BLOB_CORRUPT when the bytes are not what was received;
 *   the reason of `stopping`
 */
export type SealBlob = (sha256: string, chunks: ChunkDigests) => Promise<void>;

/** Builds it; one call at a time for each blob. @param stopping aborted when the server stops */
export function createSealBlob<Transaction>(deps: StorageDeps<Transaction>, stopping: AbortSignal): SealBlob {
  const permits = createSemaphore(blobsAtOnce);
  const permitsOfSmall = createSemaphore(1);

  const readBack = async (held: HeldBlob, chunks: ChunkDigests): Promise<void> => {
    using _permit = await (held.sizeBytes <= smallBytes ? permitsOfSmall : permits).acquire(stopping);
    await readChunkDigests(deps, held, chunks, stopping);
  };
  return async (sha256, chunks) => {
    stopping.throwIfAborted();
    const held = await deps.blobIndex.find(sha256);
    if (held === undefined || held.manifestDigest !== '') return;
    try {
      if (chunks.size < chunkCount(held.sizeBytes)) await readBack(held, chunks);
    } catch (error) {
      // Removed meanwhile, and an event says so; else the file is lost.
      if (isOdstError(error, 'STORAGE_BLOB_UNKNOWN') && (await deps.blobIndex.find(sha256)) === undefined) return;
      throw error;
    }
    const { bytes, digest } = sealedBytes(held, chunks);
    await deps.faultPoint('storage.before-seal');
    // Under the lock, so that an upload that registers the content meanwhile does it wholly before or after.
    await deps.contentLock.run(sha256, () =>
      deps.streams.blobs.run({
        stream: blobStream(sha256),
        command: () => ({ type: 'SealBlob', blob: sha256, manifestDigest: digest }),
        metadata: serviceMetadata('storage', deps.newId()),
        alongside: async (transaction, state) => {
          await deps.manifests.save(transaction, { digest, sha256, bytes });
          await deps.blobIndex.save(transaction, sha256, state);
        },
      }),
    );
  };
}
