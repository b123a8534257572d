import { type AppendResult, type EventMetadata, type EventToAppend, eventIdOf, type Json } from '@odst/event-store';
import { type AppendOutcome, appendColumns, eventIdsOf, outcomesOf, type PlainAppend } from '@odst/event-store-postgres';
import { execute, inTransaction, type PostgresTransaction, queryRows } from '@odst/postgres';
import type { Pool, QueryResultRow } from 'pg';

/** An append that has its place in the log and in its stream. */
export type PlacedAppend = {
  readonly stream: string;
  /** Of the last event. */
  readonly version: number;
  /** Of the last event. */
  readonly position: bigint;
  readonly append: {
    readonly events: readonly EventToAppend[];
    readonly metadata: EventMetadata;
    readonly result: Json;
    /** RFC 3339. */
    readonly recordedAt: string;
  };
};

/** A command that has its place. */
export type PlacedCommand = Pick<AppendResult, 'version' | 'position' | 'result'> & {
  readonly stream: string;
  readonly eventCount: number;
};

/**
 * The places that PostgreSQL gives, and the appends on their way from there to EventStoreDB.
 * @throws OdstError of all methods but `place`, which throws what `pg` does: COMMON_DATABASE_UNAVAILABLE
 */
export interface Places {
  /** Gives appends their places, in the runner's transaction. */
  place(runner: PostgresTransaction, appends: readonly PlainAppend[], recordedAt: Date): Promise<readonly AppendOutcome[]>;
  /** The place of a command, if it has one. */
  find(commandId: string): Promise<PlacedCommand | undefined>;
  /** Appends whose last event lies above a position, ascending, contiguous. */
  pending(after: bigint, limit: number): Promise<readonly PlacedAppend[]>;
  /** Forgets what was on its way up to a position, as it arrived. */
  arrived(position: bigint): Promise<void>;
  /** The end of the places given, and how many events above `after` are still on their way; both at one moment. */
  end(after: bigint): Promise<{ readonly last: bigint; readonly onTheirWay: bigint }>;
  /** The log of this database; the first caller gives it its id. */
  log(newId: string, stream: string): Promise<{ readonly id: string; readonly stream: string }>;
  /** Takes over commands whose places a restored database lost; those that it has stay. */
  takeOver(commands: readonly (PlacedCommand & { readonly commandId: string })[]): Promise<void>;
}

type PlacedRow = { readonly stream: string; readonly version: number; readonly position: string };
type CommandRow = PlacedRow & { readonly event_count: number; readonly result: Json };
type PendingRow = PlacedRow & { readonly append: PlacedAppend['append'] };

/** Builds it on a schema in which `eventStoreDbMigrations` ran. */
export function createPlaces(pool: Pool, schema: string): Places {
  const read = <Row extends QueryResultRow>(statement: string, text: string, values: readonly unknown[]) =>
    queryRows<Row>(pool, { name: `${statement} ${schema}`, text, values });

  return {
    place: (runner, appends, recordedAt) => placeAppends(runner, schema, appends, recordedAt),
    async find(commandId) {
      const text = `SELECT stream, version, position, event_count, result FROM "${schema}".placed_commands WHERE id = $1`;
      const [row] = await read<CommandRow>('find place', text, [eventIdOf(commandId, 0)]);
      if (row === undefined) return undefined;
      const { event_count: eventCount, position, ...rest } = row;
      return { ...rest, eventCount, position: BigInt(position) };
    },
    async pending(after, limit) {
      const text = `SELECT stream, version, position, append FROM "${schema}".pending_appends
        WHERE position > $1 ORDER BY position LIMIT $2`;
      const rows = await read<PendingRow>('pending appends', text, [after, limit]);
      return rows.map((row) => ({ ...row, position: BigInt(row.position) }));
    },
    async arrived(position) {
      await read('arrived', `DELETE FROM "${schema}".pending_appends WHERE position <= $1`, [position]);
    },
    async end(after) {
      const text = `SELECT (SELECT max(position) FROM "${schema}".placed_commands WHERE event_count > 0) AS last,
        (SELECT sum(json_array_length(append -> 'events')) FROM "${schema}".pending_appends WHERE position > $1) AS on_their_way`;
      const [row] = await read<{ last: string | null; on_their_way: string | null }>('end of places', text, [after]);
      return { last: BigInt(row?.last ?? 0), onTheirWay: BigInt(row?.on_their_way ?? 0) };
    },
    async log(newId, stream) {
      await read('make log', `INSERT INTO "${schema}".event_log (id, stream) VALUES ($1, $2) ON CONFLICT DO NOTHING`, [
        newId,
        stream,
      ]);
      const [log] = await read<{ id: string; stream: string }>('log', `SELECT id, stream FROM "${schema}".event_log`, []);
      if (log === undefined) throw new Error('the log of this database was there and is gone');
      return log;
    },
    takeOver: (commands) => takeOver(pool, schema, commands),
  };
}

async function placeAppends(
  runner: PostgresTransaction,
  schema: string,
  appends: readonly PlainAppend[],
  recordedAt: Date,
): Promise<readonly AppendOutcome[]> {
  const ids = appends.map(eventIdsOf);
  const toPlaced = ({ events, metadata, result = null }: PlainAppend): PlacedAppend['append'] => ({
    events,
    metadata,
    result,
    recordedAt: recordedAt.toISOString(),
  });
  const { rows } = await runner.query<{ readonly outcomes: readonly string[] }>({
    name: `place ${schema}`,
    text: `SELECT "${schema}".place_appends($1, $2, $3, $4, $5, $6) AS outcomes`,
    values: [...appendColumns(appends, ids), appends.map((append) => JSON.stringify(toPlaced(append)))],
  });
  return outcomesOf(rows[0]?.outcomes ?? [], ids);
}

async function takeOver(pool: Pool, schema: string, commands: Parameters<Places['takeOver']>[0]): Promise<void> {
  await inTransaction(pool, async (transaction) => {
    await execute(transaction, `SELECT pg_advisory_xact_lock(20036, '"${schema}".placed_commands'::regclass::oid::integer)`);
    await execute(
      transaction,
      `INSERT INTO "${schema}".placed_commands (id, stream, version, position, event_count, result)
          SELECT * FROM unnest($1::uuid[], $2::text[], $3::integer[], $4::bigint[], $5::integer[], $6::json[])
          ON CONFLICT (id) DO NOTHING`,
      [
        commands.map(({ commandId }) => eventIdOf(commandId, 0)),
        commands.map(({ stream }) => stream),
        commands.map(({ version }) => version),
        commands.map(({ position }) => position),
        commands.map(({ eventCount }) => eventCount),
        commands.map(({ result }) => JSON.stringify(result)),
      ],
    );
  });
}
