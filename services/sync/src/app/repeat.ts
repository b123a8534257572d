import type { Logger } from '@odst/telemetry';
import { backoffMs } from '../domain/backoff.ts';
import type { Chance, Scheduler } from './ports.ts';
import { createWake } from './wake.ts';

/** Work that is done again and again. */
export interface Repeated extends AsyncDisposable {
  /** Does the work soon. Calls while it waits are merged; one during the work leads to another round. */
  soon(): void;
}

/** What repeated work needs. */
export type RepeatDeps = { readonly scheduler: Scheduler; readonly chance: Chance; readonly logger: Logger };

/**
 * Does `work` at once, whenever it is asked for, and after the pause that it answers with. When it throws, it is tried
 * again with backoff; nothing ends it but disposing.
 * @param options.name for the log
 * @param options.leastGapMs pause after each round, in which requests are gathered
 * @param options.work answers with the pause until the next round in milliseconds
 */
export function startRepeating(
  { scheduler, chance, logger }: RepeatDeps,
  options: { readonly name: string; readonly leastGapMs: number; readonly work: (signal: AbortSignal) => Promise<number> },
): Repeated {
  const abort = new AbortController();
  const wake = createWake(scheduler);
  const gap = createWake(scheduler);

  const run = async () => {
    for (let failures = 0; !abort.signal.aborted; ) {
      let pauseMs: number;
      try {
        pauseMs = await options.work(abort.signal);
        failures = 0;
      } catch (error) {
        if (abort.signal.aborted) return;
        failures += 1;
        pauseMs = backoffMs(failures, chance.random());
        logger.warn({ err: error, failures, pauseMs }, `${options.name} failed and is tried again`);
      }
      await gap.pause(options.leastGapMs, abort.signal);
      await wake.pause(Math.max(0, pauseMs - options.leastGapMs), abort.signal);
    }
  };
  const running = run();
  return {
    soon: () => wake.wake(),
    async [Symbol.asyncDispose]() {
      abort.abort();
      await running;
    },
  };
}
