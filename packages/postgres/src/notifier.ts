import type { Pool } from 'pg';
import type { WarningLogger } from './warning-logger.ts';

/** Tells other processes that events were committed. */
export interface Notifier {
  /** Sends a notification now, or at the end of the interval together with later calls. */
  notify(): void;
  /** Resolves when nothing is under way. */
  idle(): Promise<void>;
}

/**
 * Builds a notifier. It runs outside the append's transaction, where it would cost most of the throughput, and without
 * waiting for the disk: listeners also poll, so a lost notification delays and does no harm.
 */
export function createNotifier(deps: {
  readonly pool: Pool;
  readonly channel: string;
  readonly payload: string;
  /** Least time between two notifications. */
  readonly intervalMs: number;
  readonly logger: WarningLogger | undefined;
}): Notifier {
  let wanted = false;
  let sending: Promise<void> | undefined;

  const send = async (): Promise<void> => {
    while (wanted) {
      wanted = false;
      try {
        await deps.pool.query({
          name: 'notify appended',
          text: "SELECT set_config('synchronous_commit', 'off', true), pg_notify($1, $2)",
          values: [deps.channel, deps.payload],
        });
      } catch (error) {
        deps.logger?.warn({ err: error, channel: deps.channel }, 'other processes could not be told of new events');
      }
      await new Promise((resolve) => setTimeout(resolve, deps.intervalMs));
    }
    sending = undefined;
  };

  return {
    notify() {
      wanted = true;
      sending ??= send();
    },
    idle: async () => {
      while (sending !== undefined) await sending;
    },
  };
}
