import type { WarningLogger } from '@odst/postgres';
import type { WriteThrough } from './write-through.ts';

/** How long an append of a process that died, or of a time without EventStoreDB, waits at most for its events. */
const intervalMs = 1_000;

/** Starts to look for appends that are on their way and brings them there. Disposing waits for the look under way. */
export function startSweep(
  { run }: Pick<WriteThrough, 'run'>,
  onSwept: () => void,
  logger: WarningLogger | undefined,
): AsyncDisposable {
  let running: Promise<void> | undefined;
  let failing = false;

  const sweep = async (): Promise<void> => {
    try {
      if (await run()) onSwept();
      failing = false;
    } catch (error) {
      if (!failing) logger?.warn({ err: error }, 'events could not be brought to EventStoreDB; trying again each second');
      failing = true;
    }
  };

  const timer = setInterval(() => {
    running ??= sweep().finally(() => {
      running = undefined;
    });
  }, intervalMs).unref();
  return {
    async [Symbol.asyncDispose]() {
      clearInterval(timer);
      await running;
    },
  };
}
