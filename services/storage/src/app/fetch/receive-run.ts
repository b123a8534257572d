import type { Readable } from 'node:stream';
import type { StagingFile } from '@odst/blob-store';
import { chunkSizeBytes, OdstError } from '@odst/kernel';
import type { ChunkRun } from '../../domain/fetch-plan.ts';
import { chunkSha256, type Manifest } from '../../domain/manifest.ts';
import { fillSlot, type GatheredChunk, gatherChunks } from '../gather-chunks.ts';
import { type HashPool, type Slot, slotsPerTransfer } from '../hashing.ts';

/** Time in which a peer has to send a chunk of 1 MiB. */
const longestSilenceMs = 60_000;

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

/**
 * Reads one run from a peer: each chunk is written in place and hashed at the same time, and counts only if it is what
 * the manifest says. When it resolves or rejects, no slot is in use any more.
 * @throws OdstError STORAGE_PEER_FAILED when the peer sends less, or more, than was asked for; STORAGE_DISK_FULL
 */
export async function receiveRun(sink: RunSink, run: ChunkRun, source: Readable): Promise<void> {
  const silence = setTimeout(() => source.destroy(silent()), longestSilenceMs);
  const underWay = new Set<Promise<void>>();
  let failure: { readonly error: unknown } | undefined;

  const take = async (gathered: GatheredChunk, chunk: number): Promise<void> => {
    if (underWay.size >= slotsPerTransfer) await Promise.race(underWay);
    const slot = await sink.hashPool.takeSlot();
    fillSlot(slot, gathered);
    const done = settle(sink, chunk, slot, gathered.length).then(
      () => void underWay.delete(done),
      (error: unknown) => {
        failure ??= { error };
        underWay.delete(done);
      },
    );
    underWay.add(done);
  };

  try {
    let chunk = run.start;
    for await (const gathered of gatherChunks(source, endedEarly)) {
      silence.refresh();
      if (chunk >= run.end || gathered.length !== lengthOf(chunk, sink.manifest)) throw wrongLength();
      await take(gathered, chunk);
      if (failure !== undefined) throw failure.error;
      chunk += 1;
    }
    if (chunk !== run.end) throw endedEarly();
  } finally {
    clearTimeout(silence);
    source.destroy();
    await Promise.all(underWay);
  }
  if (failure !== undefined) throw failure.error;
}

async function settle(sink: RunSink, chunk: number, slot: Slot, length: number): Promise<void> {
  try {
    const work = [
      sink.hashPool.digest(slot, length, ['sha256']),
      sink.staging.write(slot.bytes.subarray(0, length), chunk * chunkSizeBytes),
    ] as const;
    // Both read the slot: it is nobody else's before both have ended.
    await Promise.allSettled(work);
    const [[sha256]] = await Promise.all(work);
    if (Buffer.compare(sha256, chunkSha256(sink.manifest, chunk)) === 0) await sink.onVerified(chunk, slot, length);
    else sink.onCorrupt(chunk);
  } finally {
    slot.release();
  }
}

function lengthOf(chunk: number, { sizeBytes }: Manifest): number {
  return Math.min(chunkSizeBytes, sizeBytes - chunk * chunkSizeBytes);
}

function silent(): OdstError {
  return new OdstError('STORAGE_PEER_FAILED', `the peer sent less than a chunk in ${longestSilenceMs} ms`);
}

function endedEarly(): OdstError {
  return new OdstError('STORAGE_PEER_FAILED', 'the peer ended the bytes early');
}

function wrongLength(): OdstError {
  return new OdstError('STORAGE_PEER_FAILED', 'the peer sent another number of bytes than was asked for');
}
