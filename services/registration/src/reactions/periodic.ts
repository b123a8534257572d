import type { Logger } from '@odst/telemetry';

/** Of {@link startPeriodic}. */
export type PeriodicOptions = {
  /** For the log. */
  readonly name: string;
  /** Milliseconds from the end of one run to the next. */
  readonly intervalMs: number;
  readonly run: () => Promise<void>;
  readonly logger: Logger;
};

/** Work that runs now and then; a run that fails is logged. */
export interface Periodic extends AsyncDisposable {
  /** Runs it now, or once more after the run under way. */
  soon(): void;
}

/** Starts it, at once. Disposing waits for the run under way. */
export function startPeriodic({ name, intervalMs, run, logger }: PeriodicOptions): Periodic {
  let timer: NodeJS.Timeout | undefined;
  let running: Promise<void> | undefined;
  let again = false;
  let stopping = false;

  const once = async (): Promise<void> => {
    try {
      do {
        again = false;
        await run();
      } while (again && !stopping);
    } catch (error) {
      logger.warn({ err: error, work: name }, 'periodic work failed; trying again');
    }
  };
  const start = (): void => {
    again = true;
    if (running !== undefined || stopping) return;
    clearTimeout(timer);
    running = once().finally(() => {
      running = undefined;
      if (!stopping) timer = setTimeout(start, intervalMs);
    });
  };

  start();
  return {
    soon: start,
    async [Symbol.asyncDispose]() {
      stopping = true;
      clearTimeout(timer);
      await running;
      clearTimeout(timer);
    },
  };
}
