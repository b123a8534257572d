import { OdstError } from '@odst/kernel';
import type { Pace } from '../domain/pace.ts';
import type { BlobFetcher, Scheduler, WantedContent } from './ports.ts';

/** A source that gives nothing for this long is left; what is verified stays. */
const longestSilenceMs = 300_000;

/** A transfer under way. */
export type RunningTransfer = {
  readonly content: WantedContent;
  readonly sourceIss: string;
  readonly abort: AbortController;
  verifiedBytes: bigint;
  /** Which parts are here, in file order: of each the share that is verified, in percent. */
  strip: readonly number[];
  readonly pace: Pace;
  readonly startedAt: Date;
  /** Whether it ends by a decision and not by a fault. */
  isPutAside: boolean;
  /** Since when catalog wants the content no longer. */
  unwantedSince: Date | undefined;
};

/**
 * Fetches a content; resolves when it is verified and in place.
 * @throws OdstError as the fetcher, or STORAGE_PEER_FAILED when the source falls silent
 */
export async function fetchContent(
  { fetcher, scheduler }: { readonly fetcher: BlobFetcher; readonly scheduler: Scheduler },
  running: RunningTransfer,
): Promise<void> {
  const silence = new AbortController();
  let guard = scheduler.after(longestSilenceMs, () => silence.abort());
  try {
    const signal = AbortSignal.any([running.abort.signal, silence.signal]);
    for await (const progress of fetcher.fetchBlob(running.content, running.sourceIss, signal)) {
      guard[Symbol.dispose]();
      if (progress.complete) return;
      running.verifiedBytes = progress.verifiedBytes;
      running.strip = progress.strip;
      running.pace.mark(progress.verifiedBytes, scheduler.now());
      guard = scheduler.after(longestSilenceMs, () => silence.abort());
    }
    throw new OdstError('COMMON_SERVICE_UNAVAILABLE', 'storage ended the transfer before it was complete');
  } catch (error) {
    if (!silence.signal.aborted) throw error;
    const reason = `the source gave nothing for ${longestSilenceMs / 1_000} s`;
    throw new OdstError('STORAGE_PEER_FAILED', reason, {}, { cause: error });
  } finally {
    guard[Symbol.dispose]();
  }
}
