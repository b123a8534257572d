import { createBackoff, pause, within } from '@odst/async';
import type { Logger } from '@odst/telemetry';
import type { Lease } from './lease.ts';

/** Longer than this a lease is not waited for: who keeps it may hang, and somebody else may answer at the next try. */
const askLimitMs = 10_000;

/** Work that only the holder of a lease does. */
export type LeasedWork = {
  readonly lease: Lease;
  /** Ends everything. */
  readonly signal: AbortSignal;
  readonly logger: Logger;
  /** Runs until `signal` aborts, which it also does when the lease is lost. May end or throw earlier. */
  readonly work: (fence: bigint, signal: AbortSignal) => Promise<void>;
};

/**
 * Runs the work whenever the lease is held, again after it ended or failed, until the signal aborts. A failure is
 * logged and followed by a growing pause.
 */
export async function runUnderLease({ lease, signal, logger, work }: LeasedWork): Promise<void> {
  for (const backoff = createBackoff(); !signal.aborted; ) {
    const startedAt = performance.now();
    try {
      const fence = await within(askLimitMs, 'asking for a lease', lease.acquire());
      if (fence === undefined) {
        await pause(lease.ttlMs / 3, signal);
        continue;
      }
      await whileHeld({ lease, signal, logger, work }, fence);
      backoff.reset();
    } catch (error) {
      if (performance.now() - startedAt > lease.ttlMs) backoff.reset();
      const pauseMs = backoff.nextMs();
      logger.warn({ err: error, failures: backoff.failures, pauseMs }, 'work under a lease broke off; trying again');
      await pause(pauseMs, signal);
    }
  }
}

async function whileHeld({ lease, signal, logger, work }: LeasedWork, fence: bigint): Promise<void> {
  const ended = new AbortController();
  const lost = new AbortController();
  const renewing = keepRenewing(lease, fence, AbortSignal.any([signal, ended.signal]), logger).then((held) => {
    if (!held) lost.abort();
  });
  try {
    await work(fence, AbortSignal.any([signal, lost.signal]));
  } finally {
    ended.abort();
    await renewing;
    await within(askLimitMs, 'giving a lease back', lease.release(fence)).catch((error: unknown) => {
      logger.warn({ err: error }, 'a lease could not be given back; it runs out by itself');
    });
  }
}

/** Renews until the signal aborts; false when the lease was lost first. */
async function keepRenewing(lease: Lease, fence: bigint, signal: AbortSignal, logger: Logger): Promise<boolean> {
  let renewedAt = performance.now();
  for (let failures = 0; ; ) {
    await pause(failures === 0 ? lease.ttlMs / 2 : lease.ttlMs / 10, signal);
    if (signal.aborted) return true;
    const askedAt = performance.now();
    try {
      if (!(await within(lease.ttlMs, 'renewing a lease', lease.renew(fence)))) return false;
      renewedAt = askedAt;
      failures = 0;
    } catch (error) {
      failures += 1;
      logger.warn({ err: error }, 'a lease could not be renewed');
      if (performance.now() - renewedAt > lease.ttlMs) return false;
    }
  }
}
