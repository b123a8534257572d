import { createKeyedLock, settlesWithin } from '@odst/async';
import { type Bitmap, chunkSizeBytes } from '@odst/kernel';
import { type FetchDeps, fetchBlob } from './fetch-blob.ts';
import type { FetchRequest } from './fetch-request.ts';

/** How far a fetch is. */
export type FetchProgress = {
  /** Verified bytes, those of earlier tries included. */
  readonly verifiedBytes: number;
  readonly sizeBytes: number;
  /** True in the last report only. */
  readonly complete: boolean;
  /** Which parts are here, in file order: of each the share that is verified, in percent. */
  readonly strip: readonly number[];
};

/** All fetches of this process. */
export interface Fetches {
  /**
   * Fetches a blob and reports at once, then about twice a second, and at the end. Ending the iteration, or aborting,
   * stops the fetch; what is verified stays. A second fetch of the same blob waits for the first.
   * @throws OdstError as {@link fetchBlob}
   */
  fetch(request: FetchRequest, signal: AbortSignal): AsyncGenerator<FetchProgress, void, undefined>;
  /** Contents that are being fetched. */
  readonly live: ReadonlySet<string>;
  /** How a fetch that runs now goes; undefined where none of the content runs. */
  paceOf(sha256: string): FetchPace | undefined;
}

/** How a fetch goes. */
export type FetchPace = {
  /** Verified bytes, those of earlier tries included. */
  readonly verifiedBytes: number;
  /** Bytes in a second since it began; 0 while none were verified. */
  readonly bytesPerSecond: number;
};

const reportEveryMs = 500;

/** Parts of which a report tells how much is here. */
const stripParts = 64;

/** Builds them. */
export function createFetches<Transaction>(deps: FetchDeps<Transaction>): Fetches {
  const lock = createKeyedLock();
  const live = new Set<string>();
  const paces = new Map<string, () => FetchPace>();

  const run = (request: FetchRequest, signal: AbortSignal, onVerified: (verified: Bitmap) => void) =>
    lock.run(request.sha256, async () => {
      signal.throwIfAborted();
      live.add(request.sha256);
      try {
        await fetchBlob(deps, request, signal, (verified) => {
          paces.set(request.sha256, startPace(verified, request.sizeBytes, deps.elapsedMs));
          onVerified(verified);
        });
      } finally {
        live.delete(request.sha256);
        paces.delete(request.sha256);
      }
    });

  return {
    live,
    paceOf: (sha256) => paces.get(sha256)?.(),
    async *fetch(request, signal) {
      const { sizeBytes } = request;
      const ended = new AbortController();
      let verified: Bitmap | undefined;
      const work = run(request, AbortSignal.any([signal, ended.signal]), (set) => {
        verified = set;
      });
      const report = (): FetchProgress => ({
        verifiedBytes: verified === undefined ? 0 : bytesOf(verified, sizeBytes),
        sizeBytes,
        complete: false,
        strip: verified?.shares(stripParts) ?? [],
      });
      try {
        do yield report();
        while (!(await settlesWithin(reportEveryMs, work)));
        await work;
        yield { verifiedBytes: sizeBytes, sizeBytes, complete: true, strip: verified?.shares(stripParts) ?? [] };
      } finally {
        ended.abort();
        await work.catch(() => undefined); // told above
      }
    },
  };
}

/** Bytes of the verified chunks of a content. */
export function bytesOf(verified: Bitmap, sizeBytes: number): number {
  return Math.min(verified.size * chunkSizeBytes, sizeBytes);
}

function startPace(verified: Bitmap, sizeBytes: number, elapsedMs: () => number): () => FetchPace {
  const startedMs = elapsedMs();
  const atStart = bytesOf(verified, sizeBytes);
  return () => {
    const verifiedBytes = bytesOf(verified, sizeBytes);
    const seconds = Math.max(elapsedMs() - startedMs, 1) / 1_000;
    return { verifiedBytes, bytesPerSecond: (verifiedBytes - atStart) / seconds };
  };
}
