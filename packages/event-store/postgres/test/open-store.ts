import type { TestDatabase } from '@odst/testing';
import pg from 'pg';
import { onTestFinished } from 'vitest';
import { createPostgresEventStore, type PostgresEventStore, type PostgresEventStoreOptions } from '../src/index.ts';
import { createSchema } from './schema-of-events.ts';

/** A store on connections of its own, as another process has it. */
export type OpenedStore = { readonly store: PostgresEventStore; readonly pool: pg.Pool };

type StoreOptions = Pick<PostgresEventStoreOptions, 'lookEveryMs'>;

/** Opens a store on a schema until the test ends. */
export function openStore(url: string, schema: string, options: StoreOptions = {}): OpenedStore {
  const pool = new pg.Pool({ connectionString: url, max: 5 });
  pool.on('error', () => undefined);
  const store = createPostgresEventStore({ pool, schema, ...options });
  onTestFinished(async () => {
    await store[Symbol.asyncDispose]();
    await pool.end();
  });
  return { store, pool };
}

/** Opens a store on a new schema until the test ends. */
export async function openNewStore(
  database: Pick<TestDatabase, 'pool' | 'url'>,
  options?: StoreOptions,
): Promise<OpenedStore & { readonly schema: string }> {
  const schema = await createSchema(database.pool);
  return { ...openStore(database.url, schema, options), schema };
}
