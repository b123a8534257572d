import { createKeyedLock } from '@odst/async';
import type { StagingFile } from '@odst/blob-store';
import { type Bitmap, chunkSizeBytes, isOdstError, OdstError } from '@odst/kernel';
import { type ChunkRun, planRuns } from '../../domain/fetch-plan.ts';
import type { Manifest } from '../../domain/manifest.ts';
import type { StorageDeps } from '../deps.ts';
import type { PeerBlobs } from '../ports.ts';
import { createChunkJournal } from './chunk-journal.ts';
import { createInOrderHash } from './in-order-hash.ts';
import { type ReceivedRun, type RunSink, receiveRun } from './receive-run.ts';

/** Chunks that one request asks for. */
const longestRun = 16;
/** Requests to a peer at once: while one is read, the next is already on its way. */
const parallelRequests = 2;
/** Wrong chunks after which a peer is given up for now. */
const toleratedCorruptChunks = 3;

/** A blob whose manifest is checked and whose partial file is open. */
export type Transfer = {
  readonly sha256: string;
  readonly peerIss: string;
  readonly manifest: Manifest;
  readonly staging: StagingFile;
  /** Verified chunks; grows. */
  readonly verified: Bitmap;
  /** Makes chunks durable. */
  readonly persist: (chunks: readonly number[]) => Promise<void>;
  /** Opens the bytes. */
  readonly grant: string;
};

/**
 * Fetches what is missing of a blob and returns the SHA-256 of all of it. Chunks that are not what the manifest says
 * are refused and asked for again; what is verified is durable when this ends, however it ends.
 * @throws OdstError STORAGE_PEER_FAILED, STORAGE_CHUNK_CORRUPT, STORAGE_DISK_FULL; whatever `signal` is aborted with
 */
export async function runTransfer<Transaction>(
  deps: Pick<StorageDeps<Transaction>, 'hashPool' | 'logger' | 'metrics'> & { readonly peerBlobs: PeerBlobs },
  transfer: Transfer,
  signal: AbortSignal,
): Promise<string> {
  const { sha256, peerIss, manifest, staging, verified, persist } = transfer;
  const journal = createChunkJournal(verified.length, snapshotOf(verified), persist);
  await using hash = createInOrderHash(deps.hashPool, staging, verified, manifest.sizeBytes);
  const queue: ChunkRun[] = [...planRuns(verified, longestRun)];
  let grant = transfer.grant;
  let corrupt = 0;

  const sink: RunSink = {
    hashPool: deps.hashPool,
    staging,
    manifest,
    async onVerified(chunk, slot, length) {
      verified.add(chunk);
      deps.metrics.add('odst_sync_received_bytes_total', {}, length);
      journal.add(chunk);
      await hash.offer(chunk, slot, length);
    },
    onCorrupt(chunk) {
      corrupt += 1;
      deps.metrics.add('odst_chunk_verify_failures_total', { peer: peerIss }, 1);
      deps.logger.warn({ peer: peerIss, blob: sha256, chunk }, 'a peer sent wrong bytes; they were refused');
      if (corrupt > toleratedCorruptChunks) throw corruptError(peerIss, corrupt);
      queue.push({ start: chunk, end: chunk + 1 });
    },
  };
  const open = async (run: ChunkRun, stop: AbortSignal) => {
    const request = {
      peerIss,
      sha256,
      start: run.start * chunkSizeBytes,
      end: Math.min(run.end * chunkSizeBytes, manifest.sizeBytes),
    };
    try {
      return await deps.peerBlobs.fetchRange({ ...request, grant }, stop);
    } catch (error) {
      if (!isOdstError(error, 'STORAGE_GRANT_INVALID')) throw error;
      grant = (await deps.peerBlobs.fetchManifest(peerIss, sha256, stop)).grant;
      return deps.peerBlobs.fetchRange({ ...request, grant }, stop);
    }
  };

  /** Runs are read one after the other, as the file's digest wants them: else it would have to read them back. */
  const turns = createKeyedLock();
  let before = Promise.resolve();
  const receive = async (run: ChunkRun, stop: AbortSignal): Promise<void> => {
    const opened = open(run, stop);
    opened.catch(() => undefined); // told when its turn has come
    let received: ReceivedRun | undefined;
    try {
      await turns.run('read', async () => {
        received = receiveRun(sink, run, await opened, before);
        before = received.settled.catch(() => undefined); // told below
        await received.read;
      });
    } finally {
      await received?.settled;
    }
  };

  try {
    await drainQueue(queue, signal, receive);
  } finally {
    await journal.flush();
  }
  // Awaited here: the hash ends with this function.
  return await hash.finish();
}

/** Works on the queue, which may grow meanwhile, until it is empty; the first failure stops all. */
async function drainQueue(
  queue: ChunkRun[],
  signal: AbortSignal,
  work: (run: ChunkRun, stop: AbortSignal) => Promise<void>,
): Promise<void> {
  const failed = new AbortController();
  const stop = AbortSignal.any([signal, failed.signal]);
  let failure: { readonly error: unknown } | undefined;
  const worker = async () => {
    for (let run = queue.shift(); run !== undefined && failure === undefined; run = queue.shift()) {
      try {
        stop.throwIfAborted();
        await work(run, stop);
      } catch (error) {
        failure ??= { error: signal.aborted ? signal.reason : error };
        failed.abort(error);
      }
    }
  };
  // A chunk that proves wrong is asked for again after the others: then only one worker may be left to do it.
  do await Promise.all(Array.from({ length: parallelRequests }, worker));
  while (queue.length > 0 && failure === undefined);
  if (failure !== undefined) throw failure.error;
}

function snapshotOf(verified: Bitmap): ReadonlySet<number> {
  const missing = new Set(verified.missing());
  return new Set(Array.from({ length: verified.length }, (_, chunk) => chunk).filter((chunk) => !missing.has(chunk)));
}

function corruptError(peerIss: string, count: number): OdstError {
  return new OdstError('STORAGE_CHUNK_CORRUPT', `the peer sent ${count} chunks of wrong bytes`, { peerIss, count });
}
