import type { EventStore, RecordedEvent } from '@odst/event-store';
import type { Clock } from '@odst/kernel';
import { checkedSchema, type Listener, type PostgresTransaction, queryRows, type WarningLogger } from '@odst/postgres';
import type { Pool, QueryResultRow } from 'pg';
import { createAppendSignal } from './append-signal.ts';
import { createAppender } from './appender.ts';
import { createCommandFinder, type Read } from './command-finder.ts';
import { type EventRow, eventColumns, eventOfRow } from './event-row.ts';
import { createPlacing } from './placing.ts';

/** What the store is made of. */
export type PostgresEventStoreOptions = {
  /**
   * Connections of the service: the store keeps one for its appends, uses one for each append with `alongside`, each read and
   * each notification. Whoever made the pool handles its `error` event and ends it, after the store.
   */
  readonly pool: Pool;
  /** Schema in which {@link eventStoreMigrations} ran: a lower-case name of at most 40 characters. */
  readonly schema: string;
  /** Gives `recordedAt`. Default the system's clock. */
  readonly clock?: Clock;
  /** Told of broken notifications. Default nobody. */
  readonly logger?: WarningLogger;
  /** Where the process hears of others. Default a further connection, while somebody listens. */
  readonly listener?: Listener;
  /** Milliseconds between two looks for events of a process that died before it told of them. Default 10,000 */
  readonly lookEveryMs?: number;
};

/** An event store in a schema of PostgreSQL. Disposing waits for the appends under way and ends its connections. */
export interface PostgresEventStore extends EventStore<PostgresTransaction>, AsyncDisposable {}

/**
 * Builds the store; safe with several stores, also of several processes, on one schema. Appends of this store that come
 * at once share a transaction, except those with `alongside`, which get one each and should therefore be brief; an
 * `alongside` must not append to the same store.
 * @throws OdstError COMMON_SETTING_INVALID for a schema that is no plain name
 */
export function createPostgresEventStore(options: PostgresEventStoreOptions): PostgresEventStore {
  const { pool, schema, clock, logger, listener, lookEveryMs } = options;
  const name = checkedSchema(schema);

  const read: Read = <Row extends QueryResultRow>(statement: string, text: string, values: readonly unknown[]) =>
    queryRows<Row>(pool, { name: `${statement} ${name}`, text, values });
  const readEvents = async (statement: string, rest: string, values: readonly unknown[]): Promise<RecordedEvent[]> =>
    (await read<EventRow>(statement, `SELECT ${eventColumns} FROM "${name}".events WHERE ${rest}`, values)).map(eventOfRow);

  const findCommand = createCommandFinder(name, read);

  const lastPosition = async (): Promise<bigint> => {
    const [row] = await read<{ last: string }>(
      'last position',
      `SELECT greatest(max(position), 0) AS last FROM "${name}".events`,
      [],
    );
    return BigInt(row?.last ?? 0);
  };

  const signal = createAppendSignal({ pool, channel: `odst_events_${name}`, lastPosition, logger, listener, lookEveryMs });
  const placing = createPlacing(pool, name);
  const appender = createAppender({
    pool,
    clock: clock ?? { now: () => new Date() },
    place: placing.place,
    findCommand,
    settle: (stored) => {
      if (stored) signal.appended();
    },
  });

  return {
    append: (append) => appender.append(append),
    readStream: (stream, afterVersion = 0) =>
      readEvents('read stream', 'stream = $1 AND version > $2 ORDER BY version', [stream, afterVersion]),
    findCommand,
    readAll: (after, limit) => readEvents('read all', 'position > $1 ORDER BY position LIMIT $2', [after, limit]),
    lastPosition,
    onAppended: (listener) => signal.listen(listener),
    async [Symbol.asyncDispose]() {
      await appender.idle();
      placing[Symbol.dispose]();
      await signal[Symbol.asyncDispose]();
    },
  };
}
