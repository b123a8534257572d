import { createAppendListeners } from '@odst/event-store';
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
  // What came before the confirmation may have been missed by who looked before it.
  const listeners = createAppendListeners((wake) =>
    startLogSubscription({ streams, log, after: written(), listener: { onConfirmed: wake, onEntry: wake }, logger }),
  );
  return {
    appended: () => queueMicrotask(listeners.wake),
    listen: listeners.listen,
    [Symbol.asyncDispose]: () => listeners[Symbol.asyncDispose](),
  };
}
