import { backgroundTimers, startPeriodic } from '@odst/async';
import type { AppendResult, EventStore } from '@odst/event-store';
import { createAppender } from '@odst/event-store-postgres';
import { type Clock, OdstError } from '@odst/kernel';
import { checkedSchema, type PostgresTransaction, type WarningLogger } from '@odst/postgres';
import type { Pool } from 'pg';
import { createAppendSignal } from './append-signal.ts';
import { connectEventStreams } from './connect-event-streams.ts';
import { openLog } from './open-log.ts';
import { createPlaces } from './places.ts';
import { toLoggedEvent, toRecordedEvent, toStreamEvents } from './stored-event.ts';
import { streamNames } from './stream-names.ts';
import { createWriteThrough, sizeOf, type WriteThrough } from './write-through.ts';

/** What EventStoreDB takes in one append where its setting `MaxAppendSize` is not raised, in bytes. */
const defaultMaxAppendBytes = 1_048_576;

/** What the store is made of. */
export type EventStoreDbStoreOptions = {
  /** `esdb://` or `esdb+discover://`, of EventStoreDB 20.10 or newer. */
  readonly url: string;
  /** First part of the streams' names: 1 to 40 letters, digits and `_`. */
  readonly streamPrefix: string;
  /** Connections of the service. Whoever made the pool handles its `error` event and ends it, after the store. */
  readonly pool: Pool;
  /** Schema in which {@link eventStoreDbMigrations} ran, named as the service: a lower-case name of at most 40 characters. */
  readonly schema: string;
  /** Most bytes of one append; at most what EventStoreDB is set to take. Default 1048576, as there. */
  readonly maxAppendBytes?: number;
  /** Gives `recordedAt`. Default the system's clock. */
  readonly clock?: Clock;
  /** Told of broken subscriptions and of events that wait for EventStoreDB. Default nobody. */
  readonly logger?: WarningLogger;
};

/** How long an append of a process that died, or of a time without EventStoreDB, waits at most for its events. */
const sweepEveryMs = 1_000;

/** An event store in EventStoreDB, with its places in PostgreSQL. Disposing waits for what is under way. */
export interface EventStoreDbStore extends EventStore<PostgresTransaction>, AsyncDisposable {}

/**
 * Opens the store; safe with several stores, also of several processes, on one schema. An append gets its place in
 * PostgreSQL, in one transaction with `alongside`, and is then written to EventStoreDB before it is answered; an append
 * that was interrupted in between is brought there by the next one, by the sweep of any process, or at the next start.
 * Appends larger than `maxAppendBytes` are refused with COMMON_CONTENT_TOO_LARGE before they get a place.
 * @throws OdstError COMMON_SETTING_INVALID for a URL, prefix or schema that is none, or a user that is refused;
 *   COMMON_EVENT_LOG_MISMATCH when log and database do not belong together; COMMON_DATABASE_UNAVAILABLE
 */
export async function startEventStoreDbStore(options: EventStoreDbStoreOptions): Promise<EventStoreDbStore> {
  const { pool, logger, maxAppendBytes = defaultMaxAppendBytes } = options;
  const schema = checkedSchema(options.schema);
  const names = streamNames(options.streamPrefix, schema);
  const places = createPlaces(pool, schema);
  await using opening = new AsyncDisposableStack();
  const streams = opening.use(connectEventStreams(options.url));
  const written = await openLog({ streams, names, places });
  const writeThrough = createWriteThrough({ streams, names, places, maxAppendBytes, written });
  await writeThrough.run();
  const signal = opening.use(createAppendSignal({ streams, log: names.log, written: () => writeThrough.written(), logger }));
  opening.use(startSweep(writeThrough, () => signal.appended(), logger));

  const findCommand = async (commandId: string): Promise<AppendResult | undefined> => {
    const placed = await places.find(commandId);
    if (placed === undefined) return undefined;
    const { stream, version, position, result, eventCount } = placed;
    if (position > writeThrough.written()) await writeThrough.run();
    const entries = eventCount === 0 ? [] : await streams.read(names.of(stream), BigInt(version - eventCount), eventCount);
    if (entries.length !== eventCount) {
      throw new OdstError('COMMON_EVENT_LOG_MISMATCH', `EventStoreDB lacks events of ${stream} up to version ${version}`);
    }
    return { version, position, result, events: entries.map((entry) => toRecordedEvent(names, entry)), repeated: true };
  };

  const appender = createAppender({
    pool,
    clock: options.clock ?? { now: () => new Date() },
    place: (appends, recordedAt, transaction = pool) => places.place(transaction, appends, recordedAt),
    findCommand,
    async settle() {
      if (await writeThrough.run()) signal.appended();
    },
  });
  opening.defer(() => appender.idle());
  const open = opening.move();

  return {
    async append(append) {
      const placed = {
        ...append,
        version: 0,
        position: 0n,
        append: { ...append, result: append.result ?? null, recordedAt: '' },
      };
      const bytes = sizeOf(toStreamEvents(placed));
      if (bytes > maxAppendBytes) {
        throw new OdstError('COMMON_CONTENT_TOO_LARGE', `an append of ${bytes} bytes; EventStoreDB takes ${maxAppendBytes}`);
      }
      return appender.append(append);
    },
    async readStream(stream, afterVersion = 0) {
      const entries = await streams.read(names.of(stream), BigInt(afterVersion), Number.MAX_SAFE_INTEGER);
      return entries.map((entry) => toRecordedEvent(names, entry));
    },
    findCommand,
    async readAll(after, limit) {
      const entries = await streams.read(names.log, after + 1n, limit);
      return entries.map((entry) => toLoggedEvent(names, entry));
    },
    lastPosition: () => streams.lastRevision(names.log),
    onAppended: (listener) => signal.listen(listener),
    [Symbol.asyncDispose]: () => open.disposeAsync(),
  };
}

/** Starts to look for appends that are on their way and brings them there. Disposing waits for the look under way. */
function startSweep({ run }: Pick<WriteThrough, 'run'>, onSwept: () => void, logger: WarningLogger | undefined): AsyncDisposable {
  return startPeriodic({
    name: 'bringing events to EventStoreDB',
    intervalMs: sweepEveryMs,
    firstAfterMs: sweepEveryMs,
    run: async () => {
      if (await run()) onSwept();
    },
    // While it is away, one line is enough.
    onError: (error, { failures }) => {
      if (failures === 1) logger?.warn({ err: error }, 'events could not be brought to EventStoreDB; trying again each second');
    },
    timers: backgroundTimers,
  });
}
