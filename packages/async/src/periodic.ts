import { createAutoResetEvent } from './auto-reset-event.ts';
import { createBackoff } from './backoff.ts';
import type { BackoffLimits } from './backoff-ms.ts';
import { pause, systemTimers, type Timers } from './timers.ts';

/** What is known when a run failed. */
export type PeriodicFailure = {
  /** Of the work. */
  readonly name: string;
  /** In a row, from 1. */
  readonly failures: number;
  /** Until the next run, in milliseconds. */
  readonly pauseMs: number;
};

/** Answer of a run that knows when the next one is due. */
export type NextRun = {
  /** To the next run, instead of the interval; `Infinity` leaves it to `soon`. Milliseconds */
  readonly nextMs: number;
};

/** Of {@link startPeriodic}. */
export type PeriodicOptions = {
  /** Says what the work does, for the log, as in "looking for packages to seal". */
  readonly name: string;
  /** Milliseconds from the end of one run to the beginning of the next, when nothing calls for one earlier. */
  readonly intervalMs: number;
  /**
   * One run. It may say when the next one is due.
   * @param signal aborts when the work is disposed
   */
  readonly run: (signal: AbortSignal) => Promise<void> | Promise<NextRun | undefined>;
  /** Called after each run that failed, except for one that was ended by disposing. `warnWith(logger)` serves most. */
  readonly onError: (error: unknown, failure: PeriodicFailure) => void;
  /** Milliseconds to the first run. Default 0 */
  readonly firstAfterMs?: number;
  /** Least pause after each run, in milliseconds, in which calls of `soon` are gathered. Default 0 */
  readonly leastGapMs?: number;
  /** Pauses after failures. Default from 1 s to the interval, the shorter of both to begin with */
  readonly backoff?: BackoffLimits;
  /** Of the backoff, 0 ≤ number < 1. Default `Math.random` */
  readonly random?: () => number;
  /** Default those of the process */
  readonly timers?: Timers;
};

/** Work that runs now and then. Disposing it aborts the signal of the run under way and waits for its end. */
export interface PeriodicWork extends AsyncDisposable {
  /** Calls for a run now, or for another one after the run under way. Calls until it begins count as one. */
  soon(): void;
}

/**
 * Starts work that runs at once, at an interval, and whenever it is called for. Runs never overlap. One that throws is reported,
 * tried again with backoff, and ends nothing.
 */
export function startPeriodic(options: PeriodicOptions): PeriodicWork {
  const { name, intervalMs, run, onError, firstAfterMs = 0, leastGapMs = 0, timers = systemTimers } = options;
  const limits = options.backoff ?? { firstMs: Math.min(1_000, intervalMs), mostMs: intervalMs };
  const backoff = createBackoff({ ...limits, ...(options.random && { random: options.random }) });
  const stop = new AbortController();
  const wakeUp = createAutoResetEvent(timers);

  const runOnce = async (): Promise<number> => {
    try {
      const next = await run(stop.signal);
      backoff.reset();
      return typeof next === 'object' ? next.nextMs : intervalMs;
    } catch (error) {
      // Ending a run is what disposing asked for.
      if (stop.signal.aborted) return 0;
      const pauseMs = backoff.nextMs();
      onError(error, { name, failures: backoff.failures, pauseMs });
      return pauseMs;
    }
  };
  const loop = async (): Promise<void> => {
    if (firstAfterMs > 0) await wakeUp.wait(stop.signal, firstAfterMs);
    while (!stop.signal.aborted) {
      const pauseMs = await runOnce();
      if (leastGapMs > 0) await pause(leastGapMs, stop.signal, timers);
      await wakeUp.wait(stop.signal, Math.max(0, pauseMs - leastGapMs));
    }
  };

  const running = loop();
  return {
    soon: () => wakeUp.set(),
    async [Symbol.asyncDispose]() {
      stop.abort();
      await running;
    },
  };
}

/** An `onError` that warns of each failure. @param logger as of `@odst/telemetry` */
export function warnWith(logger: { warn(details: object, message: string): void }): PeriodicOptions['onError'] {
  return (error, { name, failures, pauseMs }) =>
    logger.warn({ err: error, failures, pauseMs }, `${name} failed and is tried again`);
}
