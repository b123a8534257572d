import type { Logger } from '@odst/telemetry';

/** Runs `work` again and again, one at a time, and logs what it throws. Disposing waits for the one under way. */
export function startSweep(work: () => Promise<void>, everyMs: number, logger: Logger): AsyncDisposable {
  let working: Promise<void> | undefined;
  const sweep = (): void => {
    working ??= work()
      .catch((error: unknown) => logger.warn({ err: error }, 'a look after the rebuilds failed and comes again'))
      .finally(() => {
        working = undefined;
      });
  };
  const timer = setInterval(sweep, everyMs);
  return {
    async [Symbol.asyncDispose]() {
      clearInterval(timer);
      await working;
    },
  };
}
