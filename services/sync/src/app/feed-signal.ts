import { createAutoResetEvent, type Timers } from '@odst/async';

/** Tells readers in this process that the feed changed. A hint: whoever waits also looks again after a while. */
export interface FeedSignal {
  /** Counts the changes seen in this process. */
  readonly version: number;
  /** The feed changed. */
  raise(): void;
  /** Resolves when `version` is beyond `seen`, after `waitMs`, or when `signal` aborts. */
  changedSince(seen: number, waitMs: number, signal: AbortSignal): Promise<void>;
  /** Calls `listener` at each change. */
  onRaised(listener: () => void): Disposable;
}

/** Builds the signal. */
export function createFeedSignal(timers: Timers): FeedSignal {
  const listeners = new Set<() => void>();
  let version = 0;
  const onRaised = (call: () => void): Disposable => {
    const listener = () => call();
    listeners.add(listener);
    return { [Symbol.dispose]: () => void listeners.delete(listener) };
  };
  return {
    get version() {
      return version;
    },
    raise() {
      version += 1;
      for (const listener of listeners) listener();
    },
    onRaised,
    async changedSince(seen, waitMs, signal) {
      if (version > seen || signal.aborted) return;
      const raised = createAutoResetEvent(timers);
      using _listener = onRaised(() => raised.set());
      await raised.wait(signal, waitMs);
    },
  };
}
