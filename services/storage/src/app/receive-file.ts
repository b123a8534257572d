import type { Readable } from 'node:stream';
import type { StagingFile } from '@odst/blob-store';
import { chunkSizeBytes, OdstError } from '@odst/kernel';
import { ChunkDigests } from '../domain/chunk-digests.ts';
import { toHex } from '../domain/manifest.ts';
import type { StorageDeps } from './deps.ts';
import { fillSlot, type GatheredBlock, gatherBlocks } from './gather-blocks.ts';
import { bothDigests, type HashLane, type HashPool, type Slot, slotsPerTransfer } from './hashing.ts';

/** A file that was received, written and hashed, but not made durable. */
export type ReceivedFile = {
  readonly sizeBytes: number;
  readonly sha1: string;
  readonly sha256: string;
  /** Digests of the chunks: of all, or of those for which there was time. */
  readonly chunkDigests: ChunkDigests;
};

/** What {@link receiveFile} is made of. */
export type ReceiveDeps = Pick<StorageDeps<never>, 'hashPool' | 'fastPlaces' | 'elapsedMs' | 'idleMs'>;

/** Bytes after which the disk is told to begin: else all of it would wait for the end, and the client with it. */
const syncEveryBytes = 64 * chunkSizeBytes;

/** Chunks at the beginning that are always hashed as they come: small files are sealed in the pass. */
const alwaysHashedChunks = 16;

/**
 * A sender that leaves the server idle for at least this long for a MiB, on average, has the chunks hashed as they come. At
 * 1 Gbit/s a MiB takes 8 ms, and this server is busy with it for one or two. A faster sender would wait for the digests, so they
 * are made after it has its answer. Only idle time counts, spent waiting for this very sender: many fast ones at once wait for
 * each other, and however slow each is, the processor has no time to spare.
 */
const idleFromMsPerChunk = 4;

/**
 * Writes a stream into a staging file and hashes it in the same pass: SHA-1 and SHA-256 of the file always, of the chunks
 * where the sender leaves time for it. Each block is copied once, into a slot, from where it is written and hashed at the
 * same time. A slot is held for that only, never while the sender is waited for.
 * @throws OdstError STORAGE_UPLOAD_TOO_LARGE, STORAGE_UPLOAD_EMPTY, STORAGE_UPLOAD_TRUNCATED, STORAGE_DISK_FULL
 */
export async function receiveFile(
  { hashPool, fastPlaces, elapsedMs, idleMs }: ReceiveDeps,
  staging: StagingFile,
  source: Readable,
  maxBytes: number,
): Promise<ReceivedFile> {
  using lane = hashPool.openLane(bothDigests);
  using chunks = createChunkHashing(hashPool);
  const underWay = new Set<Promise<void>>();
  let failure: { readonly error: unknown } | undefined;
  let sizeBytes = 0;

  const take = async (block: GatheredBlock): Promise<void> => {
    if (underWay.size >= slotsPerTransfer) await Promise.race(underWay);
    const slot = await hashPool.takeSlot(block.length);
    fillSlot(slot, block);
    // The file's digest first: it has a thread of its own, and the chunk's then goes to the other.
    const work = [
      lane.update(slot, block.length),
      chunks.add(slot, block),
      staging.write(slot.bytes.subarray(0, block.length), block.position),
    ];
    const done = Promise.allSettled(work).then((outcomes) => {
      slot.release();
      const failed = outcomes.find((outcome) => outcome.status === 'rejected');
      if (failed !== undefined) failure ??= { error: failed.reason };
      underWay.delete(done);
    });
    underWay.add(done);
  };

  let syncing: Promise<void> | undefined;
  const syncBehind = () => {
    syncing ??= staging
      .sync()
      .catch((error: unknown) => {
        failure ??= { error };
      })
      .finally(() => {
        syncing = undefined;
      });
  };

  try {
    const gathering = { endedEarly: truncated, places: fastPlaces, elapsedMs, idleMs };
    for await (const block of gatherBlocks(source, gathering)) {
      sizeBytes += block.length;
      if (sizeBytes > maxBytes) throw tooLarge(maxBytes);
      await take(block);
      if (failure !== undefined) throw failure.error;
      if (sizeBytes % syncEveryBytes === 0) syncBehind();
    }
  } finally {
    // Slots that a thread or the disk still reads are nobody else's yet.
    await Promise.all(underWay);
    await syncing;
  }
  if (failure !== undefined) throw failure.error;
  if (sizeBytes === 0) throw new OdstError('STORAGE_UPLOAD_EMPTY', 'the file is empty', { pointer: '/file' });
  const chunkDigests = await chunks.finish();
  const [sha1, sha256] = await lane.finish();
  return { sizeBytes, sha1: toHex(sha1), sha256: toHex(sha256), chunkDigests };
}

/** Hashes the chunks of one file, those for which there is time. Disposing forgets a chunk that is not whole. */
interface ChunkHashing extends Disposable {
  /** Takes the next block; the slot is in use until it resolves. */
  add(slot: Slot, block: GatheredBlock): Promise<void>;
  /** The digests, when all that was added is hashed. */
  finish(): Promise<ChunkDigests>;
}

function createChunkHashing(hashPool: HashPool): ChunkHashing {
  const digests = new ChunkDigests();
  let idleWaitingMs = 0;
  /** The chunk whose blocks come one after the other. */
  let parts: { readonly index: number; readonly lane: HashLane<typeof bothDigests> } | undefined;

  const finishParts = async (): Promise<void> => {
    if (parts === undefined) return;
    const { index, lane } = parts;
    parts = undefined;
    digests.set(index, await lane.finish());
  };
  return {
    async add(slot, { position, length, endsChunk, waitedMs }) {
      idleWaitingMs += waitedMs;
      if (position % chunkSizeBytes === 0) {
        const index = position / chunkSizeBytes;
        const leavesTime = index < alwaysHashedChunks || idleWaitingMs >= index * idleFromMsPerChunk;
        if (!leavesTime) return;
        if (endsChunk) {
          digests.set(index, await hashPool.digest(slot, length, bothDigests));
          return;
        }
        parts = { index, lane: hashPool.openLane(bothDigests) };
      }
      // Both are asked for before anything else is, so the next block goes to the next chunk.
      const work = [parts?.lane.update(slot, length), endsChunk ? finishParts() : undefined];
      await Promise.all(work);
    },
    async finish() {
      await finishParts();
      return digests;
    },
    [Symbol.dispose]: () => parts?.lane[Symbol.dispose](),
  };
}

/** The refusal of a file, or a declared size, above the limit. */
export function tooLarge(maxBytes: number): OdstError {
  return new OdstError('STORAGE_UPLOAD_TOO_LARGE', `a file may have at most ${maxBytes} bytes`, { maxBytes, pointer: '/file' });
}

function truncated(): OdstError {
  return new OdstError('STORAGE_UPLOAD_TRUNCATED', 'the body ended before it was complete');
}
