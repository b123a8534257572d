import type { StagingFile } from '@odst/blob-store';
import { chunkSizeBytes, OdstError } from '@odst/kernel';
import type { PeerRange } from '@odst/peer-client';
import type { ChunkRun } from '../../domain/fetch-plan.ts';
import { chunkSha256, type Manifest } from '../../domain/manifest.ts';
import { copyBytes } from '../gather-blocks.ts';
import { type HashPool, type Slot, slotsPerTransfer } from '../hashing.ts';

/** Where the chunks of a run go. */
export type RunSink = {
  readonly hashPool: HashPool;
  readonly staging: StagingFile;
  readonly manifest: Manifest;
  /** A chunk whose bytes are written and are what the manifest says; the slot still has them until it resolves. */
  readonly onVerified: (chunk: number, slot: Slot, length: number) => Promise<void>;
  /** A chunk whose bytes are not. @throws OdstError STORAGE_CHUNK_CORRUPT when the peer has sent enough of that */
  readonly onCorrupt: (chunk: number) => void;
};

/** A run while it is read. */
export type ReceivedRun = {
  /**
   * Resolves when all bytes have come, so that the next run may be read.
   * @throws OdstError STORAGE_PEER_FAILED when the peer sends less, or more, than was asked for
   */
  readonly read: Promise<void>;
  /** Resolves when what came is written and verified too; no slot is in use any more then. @throws also OdstError STORAGE_DISK_FULL */
  readonly settled: Promise<void>;
};

/**
 * Reads one run from a peer: each chunk is written in place and hashed at the same time, and counts only if it is what
 * the manifest says. The sink is told of chunks in the order of the run, as the digest of the file wants them.
 * @param before resolves when the sink has been told of all chunks of the run that was read before this one
 */
export function receiveRun(sink: RunSink, run: ChunkRun, source: PeerRange, before: Promise<void>): ReceivedRun {
  const underWay = new Set<Promise<void>>();
  let last = before;
  let failure: { readonly error: unknown } | undefined;
  let chunk = run.start;

  const take = async (bytes: Uint8Array): Promise<void> => {
    if (chunk >= run.end || bytes.length !== lengthOf(chunk, sink.manifest)) throw wrongLength();
    if (underWay.size >= slotsPerTransfer) await Promise.race(underWay);
    const slot = await sink.hashPool.takeSlot();
    copyBytes(bytes, slot.bytes, 0);
    const done = settle(sink, { chunk, slot, length: bytes.length, turn: last }).then(
      () => void underWay.delete(done),
      (error: unknown) => {
        failure ??= { error };
        underWay.delete(done);
      },
    );
    underWay.add(done);
    last = done;
    chunk += 1;
    if (failure !== undefined) throw failure.error;
  };
  const readAll = async (): Promise<void> => {
    using _source = source;
    await source.read(take);
    if (chunk !== run.end) throw endedEarly();
  };
  const settleAll = async (): Promise<void> => {
    try {
      await read;
    } finally {
      await Promise.all(underWay);
    }
    if (failure !== undefined) throw failure.error;
  };
  const read = readAll();
  const settled = settleAll();
  settled.catch(() => undefined); // told to whoever waits for it, which is later
  return { read, settled };
}

/** A chunk that has come. */
type Arrived = {
  readonly chunk: number;
  readonly slot: Slot;
  readonly length: number;
  /** Resolves when the sink has been told of the one before. */
  readonly turn: Promise<void>;
};

async function settle(sink: RunSink, { chunk, slot, length, turn }: Arrived): Promise<void> {
  try {
    const work = [
      sink.hashPool.digest(slot, length, ['sha256']),
      sink.staging.write(slot.bytes.subarray(0, length), chunk * chunkSizeBytes),
    ] as const;
    // Both read the slot: it is nobody else's before both have ended.
    await Promise.allSettled(work);
    const [[sha256]] = await Promise.all(work);
    await turn;
    if (Buffer.compare(sha256, chunkSha256(sink.manifest, chunk)) === 0) await sink.onVerified(chunk, slot, length);
    else sink.onCorrupt(chunk);
  } finally {
    slot.release();
  }
}

function lengthOf(chunk: number, { sizeBytes }: Manifest): number {
  return Math.min(chunkSizeBytes, sizeBytes - chunk * chunkSizeBytes);
}

function endedEarly(): OdstError {
  return new OdstError('STORAGE_PEER_FAILED', 'the peer ended the bytes early');
}

function wrongLength(): OdstError {
  return new OdstError('STORAGE_PEER_FAILED', 'the peer sent another number of bytes than was asked for');
}
