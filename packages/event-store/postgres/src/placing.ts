import type { Pool, PoolClient } from 'pg';
import { createRunAppendAlone, isLoneAppend } from './append-alone.ts';
import { type AppendOutcome, type PlainAppend, runAppendBatch, type StoreEnd } from './append-batch.ts';
import type { AppenderDeps } from './appender.ts';
import { holdConnection } from './held-connection.ts';

/** Streams whose version is remembered: those that were written last. */
const rememberedStreams = 1_000;

/** What one connection has seen committed. It stays true while the connection lives: a server that lost events ended it. */
type Seen = { readonly by: PoolClient; readonly position: bigint; readonly versions: Map<string, number> };

/** Decides and stores the appends of a process. Disposed when none is under way. */
export interface Placing extends Disposable {
  readonly place: AppenderDeps['place'];
}

/**
 * Builds the `place` of a schema's appender. `append_batch` decides all appends, but for one that comes by itself and is as
 * most are a shorter way is tried first. That one needs the store's end, and takes the last one told: it is wrong after an
 * append of another process or a transaction that was rolled back, which shows, and the batch tells the right one.
 */
export function createPlacing(pool: Pool, schema: string): Placing {
  const connection = holdConnection(pool);
  const runAppendAlone = createRunAppendAlone(schema);
  let end: StoreEnd | undefined;
  let seen: Seen | undefined;

  const remember = (by: PoolClient, appends: readonly PlainAppend[], outcomes: readonly AppendOutcome[]): void => {
    const versions = seen?.by === by ? seen.versions : new Map<string, number>();
    for (const [index, { version }] of outcomes.entries()) {
      const stream = appends[index]?.stream ?? '';
      versions.delete(stream);
      versions.set(stream, version);
    }
    for (const stream of versions.keys()) {
      if (versions.size <= rememberedStreams) break;
      versions.delete(stream);
    }
    seen = end && { by, position: end.position, versions };
  };

  const placeAlone = async (client: PoolClient, append: PlainAppend, recordedAt: Date): Promise<AppendOutcome | undefined> => {
    if (end === undefined || !isLoneAppend(append)) return undefined;
    const isOnTop =
      seen?.by === client &&
      seen.position === end.position &&
      (append.expectedVersion === 0 || seen.versions.get(append.stream) === append.expectedVersion);
    const outcome = await runAppendAlone(client, { append, recordedAt, end, seen: isOnTop });
    if (outcome !== undefined) end = { ...end, position: outcome.position };
    return outcome;
  };

  const place: AppenderDeps['place'] = async (appends, recordedAt, transaction) => {
    if (transaction !== undefined) {
      const batch = await runAppendBatch(transaction, schema, appends, recordedAt);
      // Supposed, not seen: whether it is committed turns out later.
      end = batch.end;
      return batch.outcomes;
    }
    return connection.run(async (client) => {
      const [append] = appends;
      const alone = append && appends.length === 1 ? await placeAlone(client, append, recordedAt) : undefined;
      let outcomes: readonly AppendOutcome[] | undefined = alone && [alone];
      if (outcomes === undefined) {
        const batch = await runAppendBatch(client, schema, appends, recordedAt);
        end = batch.end;
        outcomes = batch.outcomes;
      }
      remember(client, appends, outcomes);
      return outcomes;
    });
  };
  return { place, [Symbol.dispose]: () => connection.release() };
}
