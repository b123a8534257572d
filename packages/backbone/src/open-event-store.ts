import type { EventStore } from '@odst/event-store';
import { createPostgresEventStore, type PostgresEventStoreOptions } from '@odst/event-store-postgres';
import { OdstError } from '@odst/kernel';
import { type PostgresTransaction, queryRows } from '@odst/postgres';

/** Where EventStoreDB is: EVENTSTORE_URL and EVENTSTORE_STREAM_PREFIX. */
export type EventStoreDbLocation = { readonly url: string; readonly streamPrefix: string };

/**
 * Opens the store of a service's events, in its schema or in EventStoreDB, never the one while the other has them.
 * @throws OdstError as `openBackbone`
 */
export async function openEventStore(
  options: PostgresEventStoreOptions,
  location: EventStoreDbLocation | undefined,
): Promise<EventStore<PostgresTransaction> & AsyncDisposable> {
  await refuseTheOther(options, location);
  if (location === undefined) return createPostgresEventStore(options);
  // Its client takes longer to load than all the rest of the store; most servers have no use for it.
  const { startEventStoreDbStore } = await import('@odst/event-store-eventstoredb');
  return startEventStoreDbStore({ ...options, ...location });
}

/** An empty store beside one that has the events would begin their positions anew, and every reader would miss them. */
async function refuseTheOther(
  { pool, schema }: PostgresEventStoreOptions,
  location: EventStoreDbLocation | undefined,
): Promise<void> {
  const otherHasEvents =
    location === undefined
      ? `SELECT EXISTS (SELECT FROM "${schema}".event_log) AS yes`
      : `SELECT EXISTS (SELECT FROM "${schema}".events) AS yes`;
  const [row] = await queryRows<{ yes: boolean }>(pool, otherHasEvents);
  if (row?.yes !== true) return;
  throw new OdstError(
    'COMMON_EVENT_LOG_MISMATCH',
    location === undefined
      ? `EVENTSTORE_URL: missing, but the events of ${schema} are in EventStoreDB; set it to where they are`
      : `EVENTSTORE_URL: set, but the events of ${schema} are in PostgreSQL and are not moved; unset it`,
  );
}
