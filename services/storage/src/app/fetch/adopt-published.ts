import { type Caller, chunkSizeBytes } from '@odst/kernel';
import { blobStream } from '../../domain/blob.ts';
import { decodeManifest, toHex } from '../../domain/manifest.ts';
import type { StorageDeps } from '../deps.ts';
import type { FetchRequest } from './fetch-request.ts';
import { recordVerified } from './record-verified.ts';

/**
 * Finds a blob whose fetch died between the rename and the event: every chunk is named by an event, the partial file is
 * gone and the blob's file is there. It is read once more, and then it counts.
 * @returns whether the blob is verified now
 */
export async function adoptPublished<Transaction>(
  deps: StorageDeps<Transaction>,
  request: FetchRequest,
  caller: Caller,
): Promise<boolean> {
  const { sha256, sizeBytes, manifestDigest } = request;
  const { state } = await deps.streams.blobs.load(blobStream(sha256));
  if (state.status !== 'fetching' || !state.verified.complete || state.manifestDigest !== manifestDigest) return false;
  const bytes = await deps.manifests.load(manifestDigest);
  if (bytes === undefined) return false;
  return deps.contentLock.run(sha256, async () => {
    if ((await deps.blobStore.find(sha256))?.sizeBytes !== sizeBytes || (await hashBlob(deps, sha256)) !== sha256) return false;
    await recordVerified(deps, request, decodeManifest(bytes).sha1, caller);
    return true;
  });
}

async function hashBlob<Transaction>(
  { blobStore, hashPool }: Pick<StorageDeps<Transaction>, 'blobStore' | 'hashPool'>,
  sha256: string,
): Promise<string> {
  await using reader = await blobStore.open(sha256);
  using lane = hashPool.openLane(['sha256']);
  for (let position = 0; position < reader.sizeBytes; position += chunkSizeBytes) {
    const slot = await hashPool.takeSlot();
    try {
      await lane.update(slot, await reader.read(slot.bytes, position));
    } finally {
      slot.release();
    }
  }
  const [digest] = await lane.finish();
  return toHex(digest);
}
