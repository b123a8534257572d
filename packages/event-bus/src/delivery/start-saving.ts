import type { Logger } from '@odst/telemetry';
import { createAlarm } from '../alarm.ts';
import { backoffMs } from '../backoff.ts';
import { pause } from '../pause.ts';
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
  const alarm = createAlarm();

  const saveAll = async (): Promise<void> => {
    for (let failures = 0; ; ) {
      await alarm.wait(stop.signal);
      if (stop.signal.aborted) return;
      try {
        await log.save(progress.progress());
        failures = 0;
      } catch (error) {
        failures += 1;
        logger.warn({ err: error, failures }, 'the progress of a consumer could not be stored');
        alarm.ring();
      }
      await pause(failures === 0 ? intervalMs : backoffMs(failures), stop.signal);
    }
  };

  const running = saveAll();
  return {
    changed: () => alarm.ring(),
    async [Symbol.asyncDispose]() {
      stop.abort();
      await running;
      await log.save(progress.finalProgress()).catch((error: unknown) => {
        logger.warn({ err: error }, 'the last progress of a consumer could not be stored; some messages come again');
      });
    },
  };
}
