import { createAutoResetEvent, createBackoff, pause } from '@odst/async';
import type { Logger } from '@odst/telemetry';
import type { KeyLanes } from './key-lanes.ts';
import type { TopicLog } from './topic-log.ts';

/** Least time between two writes of the progress. What a crash leaves unwritten comes again. */
const intervalMs = 50;

/** Writes the progress of a delivery behind it. Disposing writes the last one. */
export interface Saving extends AsyncDisposable {
  changed(): void;
}

/** Starts saving. */
export function startSaving(deps: {
  readonly log: TopicLog;
  readonly progress: Pick<KeyLanes, 'progress' | 'finalProgress'>;
  readonly logger: Logger;
}): Saving {
  const { log, progress, logger } = deps;
  const stop = new AbortController();
  const changed = createAutoResetEvent();

  const saveAll = async (): Promise<void> => {
    for (const backoff = createBackoff(); ; ) {
      let pauseMs = intervalMs;
      await changed.wait(stop.signal);
      if (stop.signal.aborted) return;
      try {
        await log.save(progress.progress());
        backoff.reset();
      } catch (error) {
        pauseMs = backoff.nextMs();
        logger.warn({ err: error, failures: backoff.failures }, 'the progress of a consumer could not be stored');
        changed.set();
      }
      await pause(pauseMs, stop.signal);
    }
  };

  const running = saveAll();
  return {
    changed: () => changed.set(),
    async [Symbol.asyncDispose]() {
      stop.abort();
      await running;
      await log.save(progress.finalProgress()).catch((error: unknown) => {
        logger.warn({ err: error }, 'the last progress of a consumer could not be stored; some messages come again');
      });
    },
  };
}
