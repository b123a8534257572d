import { backgroundTimers, createBackoff, pause } from '@odst/async';
import type { WarningLogger } from '@odst/postgres';
import type { EventStreams, FollowListener } from './event-streams.ts';

/** A subscription that stood for so long had no lasting fault. */
const standsAfterMs = 5_000;

/** Of {@link startLogSubscription}. */
export type LogSubscriptionOptions = {
  readonly streams: EventStreams;
  readonly log: string;
  /** Position after which the subscription begins. */
  readonly after: bigint;
  /** Told each position above `after` once, in order without a gap; and each time that the server took the subscription. */
  readonly listener: FollowListener;
  readonly logger: WarningLogger | undefined;
};

/**
 * Starts a catch-up subscription to a service's log. When it breaks, as at a restart of the server, it is made again and
 * goes on after the last position that it told. Disposing ends it.
 */
export function startLogSubscription({ streams, log, after, listener, logger }: LogSubscriptionOptions): AsyncDisposable {
  const stop = new AbortController();
  let seen = after;
  const onEntry = (revision: bigint): void => {
    seen = revision;
    listener.onEntry(revision);
  };

  const run = async (): Promise<void> => {
    for (const backoff = createBackoff(); !stop.signal.aborted; ) {
      const startedAt = performance.now();
      try {
        await streams.follow(log, seen, { onConfirmed: listener.onConfirmed, onEntry }, stop.signal);
      } catch (error) {
        if (performance.now() - startedAt > standsAfterMs) backoff.reset();
        const delayMs = backoff.nextMs();
        logger?.warn({ err: error, log, delayMs }, 'the subscription to the events broke off; trying again');
        await pause(delayMs, stop.signal, backgroundTimers);
      }
    }
  };

  const running = run();
  return {
    async [Symbol.asyncDispose]() {
      stop.abort();
      await running;
    },
  };
}
