import { holdConnection, type PostgresTransaction } from '@odst/postgres';
import type { Pool, PoolClient } from 'pg';
import { createRunAppendAlone, isLoneAppend, type LoneAppend } from './append-alone.ts';
import { type AppendOutcome, type PlainAppend, runAppendBatch } from './append-batch.ts';
import type { AppenderDeps } from './appender.ts';

/** Streams whose version is remembered: those that were written last. */
const rememberedStreams = 1_000;

/** What is known while one connection lives: a server that lost events has ended it. */
type Known = {
  readonly by: PoolClient;
  /** Position of the last event that was told of. Only supposed: its transaction may be rolled back, or others may append. */
  end: bigint | undefined;
  /** Position of the last event that the connection has seen committed. */
  seenEnd: bigint | undefined;
  /** Of streams as the connection has seen them committed, those written last at the end. */
  readonly versions: Map<string, number>;
};

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
  let known: Known | undefined;

  const knownBy = (client: PoolClient): Known => {
    if (known?.by !== client) known = { by: client, end: undefined, seenEnd: undefined, versions: new Map() };
    return known;
  };

  const placeAlone = (
    { end, seenEnd, versions, by }: Known,
    append: LoneAppend,
    recordedAt: Date,
  ): Promise<AppendOutcome | undefined> | undefined => {
    if (end === undefined) return undefined;
    const { stream, expectedVersion } = append;
    const seen = seenEnd === end && (expectedVersion === 0 || versions.get(stream) === expectedVersion);
    return runAppendAlone(by, { append, recordedAt, end, seen });
  };

  const placeIn = async (transaction: PostgresTransaction, appends: readonly PlainAppend[], recordedAt: Date) => {
    const outcomes = await runAppendBatch(transaction, schema, appends, recordedAt);
    if (known !== undefined) known.end = outcomes.at(-1)?.position;
    return outcomes;
  };
  const placeOn = async (client: PoolClient, appends: readonly PlainAppend[], recordedAt: Date) => {
    const by = knownBy(client);
    const [append] = appends;
    const isAlone = append !== undefined && appends.length === 1 && isLoneAppend(append);
    const alone = isAlone ? await placeAlone(by, append, recordedAt) : undefined;
    const outcomes = alone === undefined ? await runAppendBatch(client, schema, appends, recordedAt) : [alone];
    for (const [index, outcome] of outcomes.entries()) remember(by, appends[index], outcome);
    return outcomes;
  };

  const place: AppenderDeps['place'] = (appends, recordedAt, transaction) =>
    transaction === undefined
      ? connection.run((client) => placeOn(client, appends, recordedAt))
      : placeIn(transaction, appends, recordedAt);
  return { place, [Symbol.dispose]: () => connection.release() };
}

/** Notes what an append of the connection itself has shown, which is committed. */
function remember(known: Known, append: PlainAppend | undefined, { version, position }: AppendOutcome): void {
  const { versions } = known;
  known.end = position;
  known.seenEnd = position;
  const stream = append?.stream ?? '';
  versions.delete(stream);
  versions.set(stream, version);
  if (versions.size <= rememberedStreams) return;
  const [oldest = ''] = versions.keys();
  versions.delete(oldest);
}
