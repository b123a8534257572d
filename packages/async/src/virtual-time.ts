import type { Clock } from '@odst/kernel';
import type { Timers } from './timers.ts';

/** Time that passes only while nothing else is to be done: hours of pauses take milliseconds, the same each time. */
export interface VirtualTime extends Clock, Timers {
  /**
   * Lets time pass until the condition holds.
   * @throws Error when it does not within `limitMs` of this time, default an hour
   */
  until(condition: () => boolean, limitMs?: number): Promise<void>;
  /** Lets so many milliseconds pass. */
  pass(ms: number): Promise<void>;
}

/** A timer that is not called yet. */
type Timer = { readonly atMs: number; readonly call: () => void };

/** Builds the time of one test. It begins on 2026-01-01. */
export function createVirtualTime(): VirtualTime {
  const timers = new Set<Timer>();
  let nowMs = Date.UTC(2026, 0, 1);

  /** One turn of the event loop runs every promise that can go on. */
  const settle = () => new Promise<void>((resolve) => setImmediate(() => setImmediate(resolve)));

  const runNext = (limitMs: number): boolean => {
    let next: Timer | undefined;
    for (const timer of timers) if (next === undefined || timer.atMs < next.atMs) next = timer;
    if (next === undefined || next.atMs > limitMs) return false;
    timers.delete(next);
    nowMs = Math.max(nowMs, next.atMs);
    next.call();
    return true;
  };

  return {
    now: () => new Date(nowMs),
    after(delayMs, call) {
      const timer = { atMs: nowMs + delayMs, call };
      timers.add(timer);
      return { [Symbol.dispose]: () => void timers.delete(timer) };
    },
    async until(condition, limitMs = 3_600_000) {
      const endMs = nowMs + limitMs;
      for (;;) {
        await settle();
        if (condition()) return;
        if (!runNext(endMs)) throw new Error(`the condition did not hold within ${limitMs} ms of virtual time`);
      }
    },
    async pass(ms) {
      const endMs = nowMs + ms;
      await settle();
      while (runNext(endMs)) await settle();
      nowMs = endMs;
    },
  };
}
