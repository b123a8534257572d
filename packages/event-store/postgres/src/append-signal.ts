import { randomUUID } from 'node:crypto';
import { createNotifier, type WarningLogger } from '@odst/postgres';
import type { Pool } from 'pg';
import { startSubscriber } from './subscriber.ts';

/** How long events of another process stay unseen at most, while no notification comes through. */
const pollIntervalMs = 500;
/** How long they stay unseen at most while appends follow on one another; the first one is told of at once. */
const notifyIntervalMs = 20;

/** Wakes listeners after appends to a log, of this process and of others. Disposing ends its connections. */
export interface AppendSignal extends AsyncDisposable {
  /** Says that this process appended and committed. */
  appended(): void;
  /** Adds a listener; the connection that listens lives as long as there is one. */
  listen(listener: () => void): Disposable;
}

/**
 * Builds the signal of a log: a call within the process, NOTIFY between processes, polling when that is broken.
 * @param deps.channel of NOTIFY, one for each log of a database
 * @param deps.lastPosition read for polling; its failures are ignored until the next poll
 */
export function createAppendSignal(deps: {
  readonly pool: Pool;
  readonly channel: string;
  readonly lastPosition: () => Promise<bigint>;
  readonly logger: WarningLogger | undefined;
}): AppendSignal {
  const { channel } = deps;
  const self = randomUUID();
  const notifier = createNotifier({ pool: deps.pool, channel, payload: self, intervalMs: notifyIntervalMs, logger: deps.logger });
  const listeners = new Set<{ readonly call: () => void }>();
  const closing = new Set<Promise<void>>();
  let awake: { stop(): Promise<void> } | undefined;

  const wake = (): void => {
    for (const listener of listeners) listener.call();
  };

  const start = (): { stop(): Promise<void> } => {
    const onNotification = (payload: string | undefined): void => {
      if (payload !== self) wake();
    };
    const subscriber = startSubscriber({ pool: deps.pool, channel, onNotification, logger: deps.logger });
    const poller = startPolling(deps.lastPosition, wake);
    return {
      async stop() {
        poller[Symbol.dispose]();
        await subscriber[Symbol.asyncDispose]();
      },
    };
  };

  const stop = (): void => {
    if (awake === undefined) return;
    const closed = awake.stop();
    awake = undefined;
    closing.add(closed);
    void closed.finally(() => closing.delete(closed));
  };

  return {
    appended() {
      queueMicrotask(wake);
      notifier.notify();
    },
    listen(call) {
      const listener = { call };
      listeners.add(listener);
      awake ??= start();
      return {
        [Symbol.dispose]: () => {
          if (listeners.delete(listener) && listeners.size === 0) stop();
        },
      };
    },
    async [Symbol.asyncDispose]() {
      listeners.clear();
      stop();
      await Promise.all([...closing, notifier.idle()]);
    },
  };
}

function startPolling(lastPosition: () => Promise<bigint>, wake: () => void): Disposable {
  let seen: bigint | undefined;
  let reading = false;
  const poll = async (): Promise<void> => {
    if (reading) return;
    reading = true;
    try {
      const position = await lastPosition();
      if (position !== seen) wake();
      seen = position;
    } catch {
      // The next poll finds what this one missed; whoever reads learns of the fault by itself.
      seen = undefined;
    } finally {
      reading = false;
    }
  };
  const timer = setInterval(() => void poll(), pollIntervalMs).unref();
  return { [Symbol.dispose]: () => clearInterval(timer) };
}
