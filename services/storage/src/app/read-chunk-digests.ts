import type { BlobReader } from '@odst/blob-store';
import { chunkCount, chunkSizeBytes, OdstError } from '@odst/kernel';
import { ChunkDigests } from '../domain/chunk-digests.ts';
import { toHex } from '../domain/manifest.ts';
import type { StorageDeps } from './deps.ts';
import { type Algorithm, bothDigests, type HashLane, type HashPool, type Slot, slotsPerTransfer } from './hashing.ts';
import type { HeldBlob } from './ports.ts';
import type { ReceivedFile } from './receive-file.ts';

/** Bytes that can be read. */
export type ReadableFile = Pick<BlobReader, 'read' | 'sizeBytes'>;

/**
 * Reads a blob back and makes the digests of its chunks. The whole of it is hashed too: a manifest goes out under this
 * server's signature, so it is made only of bytes that are still those that were received.
 * @param chunks gets the digests of the chunks that it does not have; worth nothing when this rejects
 * @throws OdstError STORAGE_BLOB_UNKNOWN when the file is gone, STORAGE_BLOB_CORRUPT when it is another; the signal's reason
 */
export async function readChunkDigests<Transaction>(
  { blobStore, hashPool }: Pick<StorageDeps<Transaction>, 'blobStore' | 'hashPool'>,
  { sha256, sizeBytes }: HeldBlob,
  chunks: ChunkDigests,
  signal: AbortSignal,
): Promise<void> {
  await using reader = await blobStore.open(sha256);
  if (reader.sizeBytes !== sizeBytes)
    throw corrupt(`the file of ${sha256} has ${reader.sizeBytes} bytes instead of ${sizeBytes}`);
  using lane = hashPool.openLane(['sha256']);
  await readBack(hashPool, reader, lane, chunks, signal);
  const [whole] = await lane.finish();
  if (toHex(whole) !== sha256) throw corrupt(`the file of ${sha256} holds other bytes: their SHA-256 is ${toHex(whole)}`);
}

/**
 * Reads a file and makes all its digests, as they are made of one that is received.
 * @throws OdstError STORAGE_BLOB_CORRUPT when it ends early; the signal's reason
 */
export async function readDigests(hashPool: HashPool, file: ReadableFile, signal: AbortSignal): Promise<ReceivedFile> {
  using lane = hashPool.openLane(bothDigests);
  const chunkDigests = new ChunkDigests();
  await readBack(hashPool, file, lane, chunkDigests, signal);
  const [sha1, sha256] = await lane.finish();
  return { sizeBytes: file.sizeBytes, sha1: toHex(sha1), sha256: toHex(sha256), chunkDigests };
}

async function readBack(
  hashPool: HashPool,
  file: ReadableFile,
  lane: HashLane<readonly Algorithm[]>,
  chunks: ChunkDigests,
  signal: AbortSignal,
): Promise<void> {
  const underWay = new Set<Promise<void>>();
  let failure: { readonly error: unknown } | undefined;
  const hashChunk = async (slot: Slot, length: number, index: number): Promise<void> => {
    if (!chunks.has(index)) chunks.set(index, await hashPool.digest(slot, length, bothDigests));
  };
  const take = async (index: number): Promise<void> => {
    // Half of what a transfer takes keeps two threads busy, and leaves slots to transfers.
    if (underWay.size >= slotsPerTransfer / 2) await Promise.race(underWay);
    const { slot, length } = await readChunk(hashPool, file, index);
    const done = Promise.allSettled([lane.update(slot, length), hashChunk(slot, length, index)]).then((outcomes) => {
      slot.release();
      const failed = outcomes.find((outcome) => outcome.status === 'rejected');
      if (failed !== undefined) failure ??= { error: failed.reason };
      underWay.delete(done);
    });
    underWay.add(done);
  };

  try {
    for (let index = 0; index < chunkCount(file.sizeBytes); index += 1) {
      signal.throwIfAborted();
      await take(index);
      if (failure !== undefined) throw failure.error;
    }
  } finally {
    // Slots that a thread still reads are nobody else's yet.
    await Promise.all(underWay);
  }
  if (failure !== undefined) throw failure.error;
}

async function readChunk(
  hashPool: HashPool,
  file: ReadableFile,
  index: number,
): Promise<{ readonly slot: Slot; readonly length: number }> {
  const start = index * chunkSizeBytes;
  const length = Math.min(chunkSizeBytes, file.sizeBytes - start);
  const slot = await hashPool.takeSlot();
  try {
    const read = await file.read(slot.bytes.subarray(0, length), start);
    if (read !== length) throw corrupt(`the file ends within chunk ${index}`);
    return { slot, length };
  } catch (error) {
    slot.release();
    throw error;
  }
}

function corrupt(what: string): OdstError {
  return new OdstError('STORAGE_BLOB_CORRUPT', what);
}
