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
}

const reportEveryMs = 500;

/** Builds them. */
export function createFetches<Transaction>(deps: FetchDeps<Transaction>): Fetches {
  const lock = createKeyedLock();
  const live = new Set<string>();

  const run = (request: FetchRequest, signal: AbortSignal, onVerified: (verified: Bitmap) => void) =>
    lock.run(request.sha256, async () => {
      signal.throwIfAborted();
      live.add(request.sha256);
      try {
        await fetchBlob(deps, request, signal, onVerified);
      } finally {
        live.delete(request.sha256);
      }
    });

  return {
    live,
    async *fetch(request, signal) {
      const { sizeBytes } = request;
      const ended = new AbortController();
      let verified: Bitmap | undefined;
      const work = run(request, AbortSignal.any([signal, ended.signal]), (set) => {
        verified = set;
      });
      const report = (): FetchProgress => ({
        verifiedBytes: Math.min((verified?.size ?? 0) * chunkSizeBytes, sizeBytes),
        sizeBytes,
        complete: false,
      });
      try {
        do yield report();
        while (!(await settlesWithin(reportEveryMs, work)));
        await work;
        yield { verifiedBytes: sizeBytes, sizeBytes, complete: true };
      } finally {
        ended.abort();
        await work.catch(() => undefined); // told above
      }
    },
  };
}
