import type { Readable } from 'node:stream';
import type { StagingFile } from '@odst/blob-store';
import { chunkSizeBytes, OdstError } from '@odst/kernel';
import { ChunkDigests } from '../domain/chunk-digests.ts';
import { toHex } from '../domain/manifest.ts';
import type { StorageDeps } from './deps.ts';
import { fillSlot, type GatheredBlock, gatherBlocks } from './gather-blocks.ts';
import { type Algorithm, bothDigests, type HashLane, type HashPool, type Slot, slotsPerTransfer } from './hashing.ts';

/** A file that was received, written and hashed, but not made durable. */
export type ReceivedFile = {
  readonly sizeBytes: number;
  readonly sha1: string;
  readonly sha256: string;
  /** Digests of the chunks: of all, or of those for which there was time. */
  readonly chunkDigests: ChunkDigests;
};

/** What receiving is made of. */
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

/** The file that is received. */
export type FileBounds = {
  /** How much of it is there already. What was not hashed as it came is not hashed now either. Default 0 */
  readonly fromBytes?: number;
  /** Most bytes that it may have. */
  readonly maxBytes: number;
  /** What to refuse more with. Default STORAGE_UPLOAD_TOO_LARGE */
  readonly refuseMore?: () => OdstError;
  /** Its length, where it is known. */
  readonly sizeBytes?: number;
};

/** How one of the streams of which a file consists is received. */
export type ReceiveOptions = {
  /** Hashes this stream alone. */
  readonly lane?: HashLane<readonly Algorithm[]> | undefined;
  /** Whether what came of a stream that ends early counts. Default false */
  readonly keepsPart?: boolean;
  /** Called now and then with how many bytes of the file survive a crash; the file may be further. */
  readonly onDurable?: ((bytes: number) => Promise<void>) | undefined;
  /** After how many bytes the disk is told to begin. Default 64 MiB */
  readonly syncEveryBytes?: number;
};

/** Receives a file that comes in one stream or in several. Disposing forgets what is hashed; once one failed it can only be disposed. */
export interface FileReceiver extends Disposable {
  /** Bytes of the file that are written. */
  readonly receivedBytes: number;
  /** Whether all of them are hashed. */
  readonly isHashed: boolean;
  /** Writes, and hashes, what comes next. @throws OdstError STORAGE_UPLOAD_TOO_LARGE, STORAGE_UPLOAD_TRUNCATED, STORAGE_DISK_FULL */
  receive(source: Readable, options?: ReceiveOptions): Promise<void>;
  /** The digests of the file; nothing can come behind. */
  finish(): Promise<ReceivedFile>;
}

/**
 * Writes streams into a staging file and hashes them in the same pass: SHA-1 and SHA-256 of the file always, of the chunks
 * where the sender leaves time for it. Each block is copied once, into a slot, from where it is written and hashed at the
 * same time. A slot is held for that only, never while the sender is waited for.
 */
export function createFileReceiver(deps: ReceiveDeps, staging: StagingFile, bounds: FileBounds): FileReceiver {
  const { hashPool, fastPlaces: places, elapsedMs, idleMs } = deps;
  const { fromBytes = 0, maxBytes, refuseMore = () => tooLarge(maxBytes), sizeBytes: fileBytes } = bounds;
  const isHashed = fromBytes === 0;
  const lane = isHashed ? hashPool.openLane(bothDigests) : undefined;
  const chunks = isHashed ? createChunkHashing(hashPool) : undefined;
  let receivedBytes = fromBytes;

  return {
    get receivedBytes() {
      return receivedBytes;
    },
    isHashed,
    async receive(source, options = {}) {
      const { lane: own, keepsPart = false } = options;
      const work = createBlockWork(hashPool, (slot, block) => [
        // The file's digest first: it has a thread of its own, and the chunk's then goes to the other.
        lane?.update(slot, block.length),
        own?.update(slot, block.length),
        chunks?.add(slot, block),
        staging.write(slot.bytes.subarray(0, block.length), block.position),
      ]);
      const sync = createSyncing(staging, work, options, receivedBytes);
      try {
        const gathering = { endedEarly: truncated, keepsPart, from: receivedBytes, fileBytes, places, elapsedMs, idleMs };
        for await (const block of gatherBlocks(source, gathering)) {
          if (receivedBytes + block.length > maxBytes) throw refuseMore();
          receivedBytes += block.length;
          await work.take(block);
          work.throwIfFailed();
          sync.reached(receivedBytes);
        }
      } finally {
        // Slots that a thread or the disk still reads are nobody else's yet.
        await work.settled();
        await sync.settled();
      }
      work.throwIfFailed();
    },
    async finish() {
      if (lane === undefined || chunks === undefined) throw new Error('a part of the file was not hashed as it came');
      const chunkDigests = await chunks.finish();
      const [sha1, sha256] = await lane.finish();
      return { sizeBytes: receivedBytes, sha1: toHex(sha1), sha256: toHex(sha256), chunkDigests };
    },
    [Symbol.dispose]() {
      lane?.[Symbol.dispose]();
      chunks?.[Symbol.dispose]();
    },
  };
}

/**
 * Receives a file that comes in one stream.
 * @throws OdstError STORAGE_UPLOAD_TOO_LARGE, STORAGE_UPLOAD_EMPTY, STORAGE_UPLOAD_TRUNCATED, STORAGE_DISK_FULL
 */
export async function receiveFile(
  deps: ReceiveDeps,
  staging: StagingFile,
  source: Readable,
  maxBytes: number,
): Promise<ReceivedFile> {
  using receiver = createFileReceiver(deps, staging, { maxBytes });
  await receiver.receive(source);
  if (receiver.receivedBytes === 0) throw new OdstError('STORAGE_UPLOAD_EMPTY', 'the file is empty', { pointer: '/file' });
  return await receiver.finish();
}

/** What is done with blocks, some at a time. */
interface BlockWork {
  /** Begins with a block once there is room for it. */
  take(block: GatheredBlock): Promise<void>;
  /** Resolves when all that was begun is done, well or not. */
  settled(): Promise<void>;
  /** Notes what else failed. */
  fail(error: unknown): void;
  /** @throws what failed first */
  throwIfFailed(): void;
}

type Steps = (slot: Slot, block: GatheredBlock) => readonly (Promise<void> | undefined)[];

function createBlockWork(hashPool: HashPool, steps: Steps): BlockWork {
  const underWay = new Set<Promise<void>>();
  let failure: { readonly error: unknown } | undefined;
  return {
    async take(block) {
      if (underWay.size >= slotsPerTransfer) await Promise.race(underWay);
      const slot = await hashPool.takeSlot(block.length);
      fillSlot(slot, block);
      const done = Promise.allSettled(steps(slot, block)).then((outcomes) => {
        slot.release();
        const failed = outcomes.find((outcome) => outcome.status === 'rejected');
        if (failed !== undefined) failure ??= { error: failed.reason };
        underWay.delete(done);
      });
      underWay.add(done);
    },
    async settled() {
      await Promise.all(underWay);
    },
    fail(error) {
      failure ??= { error };
    },
    throwIfFailed() {
      if (failure !== undefined) throw failure.error;
    },
  };
}

/** Has the disk begin while more comes, one sync at a time. */
function createSyncing(
  staging: StagingFile,
  work: BlockWork,
  { syncEveryBytes: everyBytes = syncEveryBytes, onDurable }: ReceiveOptions,
  fromBytes: number,
) {
  let syncing: Promise<void> | undefined;
  let nextBytes = fromBytes + everyBytes;
  const sync = async (bytes: number): Promise<void> => {
    // Blocks are written in any order: what is said to be durable has no hole.
    if (onDurable !== undefined) await work.settled();
    await staging.sync();
    work.throwIfFailed();
    await onDurable?.(bytes);
  };
  return {
    /** So many bytes of the file are being written. */
    reached(bytes: number) {
      if (bytes < nextBytes || syncing !== undefined) return;
      nextBytes = bytes + everyBytes;
      syncing = sync(bytes)
        .catch((error: unknown) => work.fail(error))
        .finally(() => {
          syncing = undefined;
        });
    },
    async settled(): Promise<void> {
      await syncing;
    },
  };
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
