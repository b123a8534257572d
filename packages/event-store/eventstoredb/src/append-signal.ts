import type { WarningLogger } from '@odst/postgres';
import type { EventStreams } from './event-streams.ts';
import { startLogSubscription } from './log-subscription.ts';

/** Wakes listeners after appends of this process and of others. */
export interface AppendSignal extends AsyncDisposable {
  /** Says that this process appended. */
  appended(): void;
  /** Adds a listener; the subscription lives as long as there is one. */
  listen(listener: () => void): Disposable;
}

/**
 * Builds the signal of a log: a call within the process, the log's subscription between processes.
 * @param deps.written position up to which all is known to be written
 */
export function createAppendSignal(deps: {
  readonly streams: EventStreams;
  readonly log: string;
  readonly written: () => bigint;
  readonly logger: WarningLogger | undefined;
}): AppendSignal {
  const { streams, log, written, logger } = deps;
  const listeners = new Set<{ readonly call: () => void }>();
  const closing = new Set<Promise<void>>();
  let subscription: AsyncDisposable | undefined;

  const wake = (): void => {
    for (const listener of listeners) listener.call();
  };

  const stop = (): void => {
    if (subscription === undefined) return;
    const closed = Promise.resolve(subscription[Symbol.asyncDispose]());
    subscription = undefined;
    closing.add(closed);
    void closed.finally(() => closing.delete(closed));
  };

  return {
    appended: () => queueMicrotask(wake),
    listen(call) {
      const listener = { call };
      listeners.add(listener);
      // What came before the confirmation may have been missed by who looked before it.
      const onEvents = { onConfirmed: wake, onEntry: wake };
      subscription ??= startLogSubscription({ streams, log, after: written(), listener: onEvents, logger });
      return {
        [Symbol.dispose]: () => {
          if (listeners.delete(listener) && listeners.size === 0) stop();
        },
      };
    },
    async [Symbol.asyncDispose]() {
      listeners.clear();
      stop();
      await Promise.all(closing);
    },
  };
}
