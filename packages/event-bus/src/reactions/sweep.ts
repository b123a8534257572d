import type { Logger } from '@odst/telemetry';
import { backoffMs } from '../backoff.ts';
import { pause } from '../pause.ts';

/** Finds from state the work that a reaction does from messages. */
export type Sweep = {
  readonly run: (signal: AbortSignal) => Promise<void>;
  /** Milliseconds from the end of one run to the next; after a failure less. Default 60,000. */
  readonly intervalMs?: number;
};

/** Starts sweeping, at once and then at the interval. Disposing aborts the run's signal and waits for it. */
export function startSweep({ run, intervalMs = 60_000 }: Sweep, logger: Logger): AsyncDisposable {
  const stop = new AbortController();
  const loop = async (): Promise<void> => {
    for (let failures = 0; !stop.signal.aborted; ) {
      try {
        await run(stop.signal);
        failures = 0;
      } catch (error) {
        failures += 1;
        logger.warn({ err: error, failures }, 'a sweep broke off; trying again');
      }
      await pause(failures === 0 ? intervalMs : Math.min(backoffMs(failures), intervalMs), stop.signal);
    }
  };
  const running = loop();
  return {
    async [Symbol.asyncDispose]() {
      stop.abort();
      await running;
    },
  };
}
