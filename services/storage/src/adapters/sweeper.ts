import type { Logger } from '@odst/telemetry';

/** Repeats a task until disposed; disposing waits for the run under way. */
export function startSweeper(task: () => Promise<void>, everyMs: number, logger: Logger): AsyncDisposable {
  let stopped = false;
  let timer: NodeJS.Timeout | undefined;
  let running: Promise<void> = Promise.resolve();
  const run = () => {
    running = task()
      .catch((error: unknown) => logger.warn({ err: error }, 'the sweep failed; it is tried again'))
      .then(() => {
        if (!stopped) timer = setTimeout(run, everyMs);
      });
  };
  run();
  return {
    async [Symbol.asyncDispose]() {
      stopped = true;
      clearTimeout(timer);
      await running;
    },
  };
}
