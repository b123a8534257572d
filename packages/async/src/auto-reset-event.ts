import { systemTimers, type Timers } from './timers.ts';

/** Wakes who waits for it, and loses no call that comes before somebody waits. */
export interface AutoResetEvent {
  /** Wakes all who wait. When nobody does, the next wait ends at once; several calls until then count as one. */
  set(): void;
  /**
   * Resolves when the event is set, when the signal aborts or when the time is over; it never rejects. Which of them it was makes
   * no difference to a loop that looks for work again.
   * @param timeoutMs milliseconds; default no limit
   */
  wait(signal?: AbortSignal, timeoutMs?: number): Promise<void>;
}

/** Builds an event that is not set. */
export function createAutoResetEvent(timers: Timers = systemTimers): AutoResetEvent {
  const waiters = new Set<() => void>();
  let isSet = false;
  return {
    set() {
      if (waiters.size === 0) isSet = true;
      for (const wake of waiters) wake();
    },
    async wait(signal, timeoutMs) {
      if (signal?.aborted) return;
      if (isSet) {
        isSet = false;
        return;
      }
      const { promise, resolve } = Promise.withResolvers<void>();
      const wake = (): void => resolve();
      using _timer = timeoutMs === undefined ? undefined : timers.after(timeoutMs, wake);
      signal?.addEventListener('abort', wake, { once: true });
      waiters.add(wake);
      await promise;
      waiters.delete(wake);
      signal?.removeEventListener('abort', wake);
    },
  };
}
