import type { Scheduler } from './ports.ts';

/** A pause that can be cut short. One waiter at a time; a call before the pause counts for the next one. */
export interface Wake {
  /** Ends the pause under way, or the next one before it begins. */
  wake(): void;
  /** Pauses for `pauseMs` at most; `signal` ends it too. */
  pause(pauseMs: number, signal: AbortSignal): Promise<void>;
}

/** A pause without an end of its own: the longest that timers take. Whoever pauses looks again after it. */
export const untilWokenMs = 2_147_483_647;

/** Builds a pause. */
export function createWake(scheduler: Scheduler): Wake {
  let called = false;
  let endPause: (() => void) | undefined;
  return {
    wake() {
      if (endPause === undefined) called = true;
      else endPause();
    },
    async pause(pauseMs, signal) {
      if (called || signal.aborted) {
        called = false;
        return;
      }
      const { promise, resolve } = Promise.withResolvers<void>();
      const end = () => resolve();
      endPause = end;
      signal.addEventListener('abort', end, { once: true });
      using _timer = scheduler.after(Math.min(pauseMs, untilWokenMs), end);
      await promise;
      signal.removeEventListener('abort', end);
      endPause = undefined;
    },
  };
}
