import type { PostgresTransaction } from '@odst/postgres';
import { type AppendOutcome, eventIdsOf, type PlainAppend } from './append-batch.ts';

/** PostgreSQL's unique_violation. */
const uniqueViolation = '23505';

/** An append of one event to a stream whose version its caller saw. */
export type LoneAppend = PlainAppend & { readonly expectedVersion: number };

/** Whether an append is one that {@link runAppendAlone} takes. */
export function isLoneAppend(append: PlainAppend): append is LoneAppend {
  return append.events.length === 1 && append.expectedVersion !== 'any';
}

/** An append, and what it is to come on top of. */
export type AloneOnTop = {
  readonly append: LoneAppend;
  readonly recordedAt: Date;
  /** Position of the store's last event: as the last batch told it, and one later for each append stored here since. */
  readonly end: bigint;
  /** Whether the connection has seen both committed, the event at that end and the one before in the stream. */
  readonly seen: boolean;
};

/**
 * Stores the event of an append with a plain INSERT, right after a supposed end of the store. What `append_batch` looks up
 * is here left to the unique keys of position, version and id. The rest the statement may read from a snapshot older than
 * the lock: an event that is there stays.
 * @param runner outside of a transaction, which a unique violation would end
 * @returns undefined, with nothing stored, where anything is not as supposed, or somebody else appends at this moment
 */
export type RunAppendAlone = (runner: PostgresTransaction, onTop: AloneOnTop) => Promise<AppendOutcome | undefined>;

/** Builds it for a schema. The statements are made once: to make one costs a twentieth of an append. */
export function createRunAppendAlone(schema: string): RunAppendAlone {
  const looking = { name: `append alone ${schema}`, text: textOf(schema, false) };
  const seeing = { name: `append on what was seen ${schema}`, text: textOf(schema, true) };
  return (runner, onTop) => runAppendAlone(runner, onTop.seen ? seeing : looking, onTop);
}

async function runAppendAlone(
  runner: PostgresTransaction,
  statement: { readonly name: string; readonly text: string },
  { append, recordedAt, end }: AloneOnTop,
): Promise<AppendOutcome | undefined> {
  const ids = eventIdsOf(append);
  const outcome: AppendOutcome = { kind: 'appended', version: append.expectedVersion + 1, position: end + 1n, ids };
  const [event] = append.events;
  try {
    const { rowCount } = await runner.query({
      ...statement,
      values: [
        outcome.position,
        ids[0],
        append.stream,
        outcome.version,
        event?.type,
        event?.schemaVersion,
        JSON.stringify(event?.data),
        JSON.stringify(append.metadata),
        recordedAt.toISOString(),
        JSON.stringify(append.result ?? null),
      ],
    });
    return rowCount === 1 ? outcome : undefined;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === uniqueViolation) return undefined;
    throw error;
  }
}

/**
 * CASE keeps the order: nothing is read before the lock is there. What was seen is left out of the text, as a parameter that
 * says so would make PostgreSQL plan the statement each time.
 */
function textOf(schema: string, seen: boolean): string {
  const lock = `pg_try_advisory_xact_lock(20036, '"${schema}".events'::regclass::oid::integer)`;
  const looks = `(SELECT greatest(max(position), 0) FROM "${schema}".events) = $1 - 1
        AND ($4 = 1 OR EXISTS (SELECT FROM "${schema}".events WHERE stream = $3 AND version = $4 - 1))`;
  return `INSERT INTO "${schema}".events (position, id, stream, version, type, schema_version, data, metadata, recorded_at,
      command_event_count, command_result)
    SELECT $1::bigint, $2::uuid, $3::text, $4::integer, $5::text, $6::integer, $7::json, $8::json, $9::timestamptz, 1, $10::json
      WHERE ${seen ? lock : `CASE WHEN ${lock} THEN ${looks} END`}`;
}
