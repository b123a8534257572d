import { type AppendOutcome, eventIdsOf, type PlainAppend, type StoreEnd } from './append-batch.ts';
import type { PostgresTransaction } from './transaction.ts';

/** PostgreSQL's unique_violation. */
const uniqueViolation = '23505';

/** An append of one event to a stream whose version its caller saw. */
export type LoneAppend = PlainAppend & { readonly expectedVersion: number };

/** Whether an append is one that {@link runAppendAlone} takes. */
export function isLoneAppend(append: PlainAppend): append is LoneAppend {
  return append.events.length === 1 && append.expectedVersion !== 'any';
}

/**
 * Stores the event of an append with a plain INSERT, right after a supposed end of the store. What `append_batch` looks up
 * is here left to the unique keys of position, version and id. The rest the statement may read from a snapshot older than
 * the lock: an event that is there stays, and a command without events that was stored meanwhile was counted.
 * @param runner outside of a transaction, which a unique violation would end
 * @param end as the last batch told it, and one event later for each append stored here since
 * @returns undefined, with nothing stored, where anything is not as supposed, or somebody else appends at this moment
 */
export async function runAppendAlone(
  runner: PostgresTransaction,
  schema: string,
  append: LoneAppend,
  recordedAt: Date,
  end: StoreEnd,
): Promise<AppendOutcome | undefined> {
  const ids = eventIdsOf(append);
  const outcome: AppendOutcome = { kind: 'appended', version: append.expectedVersion + 1, position: end.position + 1n, ids };
  const [event] = append.events;
  try {
    const { rowCount } = await runner.query({
      name: `append alone ${schema}`,
      text: textOf(schema),
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
        end.eventlessMade,
      ],
    });
    return rowCount === 1 ? outcome : undefined;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === uniqueViolation) return undefined;
    throw error;
  }
}

/** CASE keeps the order: nothing is read before the lock is there. */
function textOf(schema: string): string {
  return `INSERT INTO "${schema}".events (position, id, stream, version, type, schema_version, data, metadata, recorded_at,
      command_event_count, command_result)
    SELECT $1::bigint, $2::uuid, $3::text, $4::integer, $5::text, $6::integer, $7::json, $8::json, $9::timestamptz, 1, $10::json
      WHERE CASE WHEN pg_try_advisory_xact_lock(20036, '"${schema}".events'::regclass::oid::integer) THEN
        pg_sequence_last_value('"${schema}".eventless_commands_made') = $11::bigint
        AND (SELECT max(position) FROM "${schema}".events) = $1 - 1
        AND ($4 = 1 OR EXISTS (SELECT FROM "${schema}".events WHERE stream = $3 AND version = $4 - 1))
        AND NOT EXISTS (SELECT FROM "${schema}".eventless_commands WHERE id = $2)
      END`;
}
