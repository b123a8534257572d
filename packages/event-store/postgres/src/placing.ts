import type { Pool } from 'pg';
import { isLoneAppend, runAppendAlone } from './append-alone.ts';
import { runAppendBatch, type StoreEnd } from './append-batch.ts';
import type { AppenderDeps } from './appender.ts';

/**
 * Builds the `place` of a schema's appender. `append_batch` decides all appends, but for one that comes by itself and is as
 * most are a shorter way is tried first. That one needs the store's end, and takes the last one seen: it is wrong after an
 * append of another process or a transaction that was rolled back, which shows, and the batch tells the right one.
 */
export function createPlacing(pool: Pool, schema: string): AppenderDeps['place'] {
  let end: StoreEnd | undefined;
  return async (runner, appends, recordedAt) => {
    const [append] = appends;
    if (end !== undefined && runner === pool && appends.length === 1 && append !== undefined && isLoneAppend(append)) {
      const outcome = await runAppendAlone(pool, schema, append, recordedAt, end);
      if (outcome !== undefined) {
        end = { ...end, position: outcome.position };
        return [outcome];
      }
    }
    const batch = await runAppendBatch(runner, schema, appends, recordedAt);
    end = batch.end;
    return batch.outcomes;
  };
}
