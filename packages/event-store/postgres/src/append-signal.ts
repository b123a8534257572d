import { randomUUID } from 'node:crypto';
import { backgroundTimers, startPeriodic } from '@odst/async';
import { createAppendListeners } from '@odst/event-store';
import { connectionOf, createListener, createNotifier, type Listener, type WarningLogger } from '@odst/postgres';
import type { Pool } from 'pg';

/** How long events of another process stay unseen at most while appends follow on one another; the first one is told of at once. */
const notifyIntervalMs = 20;

/** Wakes listeners after appends to a log, of this process and of others. Disposing ends what it uses. */
export interface AppendSignal extends AsyncDisposable {
  /** Says that this process appended and committed. */
  appended(): void;
  /** Adds a listener. It is also called when events may have been missed. */
  listen(listener: () => void): Disposable;
}

/** What the signal of a log is made of. */
export type AppendSignalOptions = {
  readonly pool: Pool;
  /** Of NOTIFY, one for each log of a database. */
  readonly channel: string;
  /** Read for the looks between notifications; who reads the log learns of its failures by itself. */
  readonly lastPosition: () => Promise<bigint>;
  readonly logger: WarningLogger | undefined;
  /** Where the process hears of others. Default a connection of its own, which stands as long as there are listeners. */
  readonly listener?: Listener | undefined;
  /** Milliseconds between two looks for events of a process that died before it told of them. Default 10,000 */
  readonly lookEveryMs?: number | undefined;
};

/** Builds the signal of a log: a call within the process, NOTIFY between processes, and a look now and then. */
export function createAppendSignal(options: AppendSignalOptions): AppendSignal {
  const { pool, channel, lastPosition, logger, lookEveryMs = 10_000 } = options;
  const self = randomUUID();
  const own = new AsyncDisposableStack();
  const notifier = own.use(createNotifier({ pool, channel, payload: self, intervalMs: notifyIntervalMs, logger }));
  const listener = options.listener ?? own.use(createListener({ connection: connectionOf(pool), logger }));
  const listeners = createAppendListeners((wake) => {
    let seen: bigint | undefined;
    const look = async (): Promise<void> => {
      const position = await lastPosition();
      if (position !== seen) wake();
      seen = position;
    };
    const stack = new AsyncDisposableStack();
    stack.use(listener.listen(channel, (payload) => void (payload !== self && wake())));
    const looking = { name: `looking for events on ${channel}`, intervalMs: lookEveryMs, firstAfterMs: lookEveryMs };
    stack.use(startPeriodic({ ...looking, run: look, onError: () => undefined, timers: backgroundTimers }));
    return stack;
  });
  own.use(listeners);

  return {
    appended() {
      queueMicrotask(listeners.wake);
      notifier.notify();
    },
    listen: listeners.listen,
    [Symbol.asyncDispose]: () => own.disposeAsync(),
  };
}
