import { createBackoff, pause } from '@odst/async';
import type { WarningLogger } from './kept-connection.ts';
import { execute, type Queryable } from './query.ts';

/** Tells other processes of something. Disposing sends what is still to be told, once. */
export interface Notifier extends AsyncDisposable {
  /** Sends a notification now, or at the end of the interval together with later calls. */
  notify(): void;
}

/** What a notifier is made of. */
export type NotifierOptions = {
  readonly pool: Queryable;
  readonly channel: string;
  readonly payload: string;
  /** Least milliseconds between two notifications. */
  readonly intervalMs: number;
  /** Told of what could not be sent. Default nobody. */
  readonly logger?: WarningLogger | undefined;
};

/**
 * Builds a notifier. It runs outside of the transaction that it tells of, where it would cost most of the throughput, and without
 * waiting for the disk. What cannot be sent is tried again, so that it is lost with the process only.
 */
export function createNotifier({ pool, channel, payload, intervalMs, logger }: NotifierOptions): Notifier {
  const stop = new AbortController();
  const backoff = createBackoff();
  let wanted = false;
  let sending: Promise<void> | undefined;

  /** @returns the pause before the next one */
  const sendOnce = async (): Promise<number> => {
    wanted = false;
    try {
      const text = "SELECT set_config('synchronous_commit', 'off', true), pg_notify($1, $2)";
      await execute(pool, { name: 'notify', text, values: [channel, payload] });
      backoff.reset();
      return intervalMs;
    } catch (error) {
      wanted = !stop.signal.aborted;
      const pauseMs = backoff.nextMs();
      logger?.warn({ err: error, channel, pauseMs }, 'other processes could not be told of what is new; trying again');
      return pauseMs;
    }
  };
  const send = async (): Promise<void> => {
    while (wanted) await pause(await sendOnce(), stop.signal);
    sending = undefined;
  };

  return {
    notify() {
      wanted = true;
      sending ??= send();
    },
    async [Symbol.asyncDispose]() {
      stop.abort();
      while (sending !== undefined) await sending;
    },
  };
}
