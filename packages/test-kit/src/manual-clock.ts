import type { Clock } from '@odst/kernel';

/** A clock that stands still until a test moves it. */
export interface ManualClock extends Clock {
  /** Moves the clock by `ms` milliseconds; a negative number moves it back. */
  advance(ms: number): void;
  /** Sets the clock. */
  set(time: Date | string): void;
}

/** @param start the first time; default 2026-01-01T00:00:00Z */
export function manualClock(start: Date | string = '2026-01-01T00:00:00Z'): ManualClock {
  let nowMs = new Date(start).getTime();
  return {
    now: () => new Date(nowMs),
    advance: (ms) => {
      nowMs += ms;
    },
    set: (time) => {
      nowMs = new Date(time).getTime();
    },
  };
}
