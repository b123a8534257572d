/** Wakes one waiter. A ring while nobody waits is kept for the next wait; several are one. */
export interface Alarm {
  ring(): void;
  /** Resolves when it rings, when `timeoutMs` is over (default never), or when the signal aborts. */
  wait(signal: AbortSignal, timeoutMs?: number): Promise<void>;
}

/** Builds an alarm that did not ring yet. */
export function createAlarm(): Alarm {
  let rung = false;
  let wake: (() => void) | undefined;
  return {
    ring() {
      rung = true;
      wake?.();
    },
    async wait(signal, timeoutMs) {
      if (!rung && !signal.aborted) {
        const { promise, resolve } = Promise.withResolvers<void>();
        wake = resolve;
        const timer = timeoutMs === undefined ? undefined : setTimeout(resolve, timeoutMs);
        const aborted = (): void => resolve();
        signal.addEventListener('abort', aborted);
        await promise;
        signal.removeEventListener('abort', aborted);
        clearTimeout(timer);
        wake = undefined;
      }
      rung = false;
    },
  };
}
