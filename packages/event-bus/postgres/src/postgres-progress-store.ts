import type { ProgressStore } from '@odst/event-bus';
import { checkedSchema } from '@odst/postgres';
import type { Pool } from 'pg';
import { createConsumerTable } from './consumer-table.ts';

/** What the store is made of. */
export type PostgresProgressStoreOptions = {
  /** Connections of the service's role. */
  readonly pool: Pool;
  /** Schema in which {@link eventBusMigrations} ran. Default `bus`. */
  readonly schema?: string;
};

/**
 * Builds the store of progress for groups whose messages come over another bus. It is the table in which the bus on PostgreSQL
 * keeps it, so a server can go over from one bus to the other, and its groups go on where they are.
 * @throws OdstError COMMON_SETTING_INVALID for a schema that is no plain name
 */
export function createPostgresProgressStore({ pool, schema = 'bus' }: PostgresProgressStoreOptions): ProgressStore {
  const consumers = createConsumerTable(checkedSchema(schema));
  return {
    load: (at) => consumers.progress(pool, at),
    save: (at, progress) => consumers.save(pool, at, progress),
  };
}
