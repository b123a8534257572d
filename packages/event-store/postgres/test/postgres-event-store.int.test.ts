import { eventStoreContract } from '@odst/event-store/contract';
import type { PostgresTransaction } from '@odst/postgres';
import { createTestDatabase, type TestDatabase } from '@odst/testing';
import { afterAll, beforeAll } from 'vitest';
import { createPostgresEventStore, type PostgresEventStore } from '../src/index.ts';
import { createSchema } from './schema-of-events.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(() => database[Symbol.asyncDispose]());

eventStoreContract<PostgresTransaction>('PostgreSQL', async () => {
  const { pool } = database;
  const schema = await createSchema(pool);
  const stores: PostgresEventStore[] = [];
  const open = (): PostgresEventStore => {
    const store = createPostgresEventStore({ pool, schema });
    stores.push(store);
    return store;
  };
  return {
    store: open(),
    another: open,
    notes: {
      write: async (transaction, note) => {
        await transaction.query(`INSERT INTO ${schema}.notes VALUES ($1)`, [note]);
      },
      read: async () => (await pool.query<{ note: string }>(`SELECT note FROM ${schema}.notes`)).rows.map(({ note }) => note),
    },
    dispose: async () => {
      for (const store of stores) await store[Symbol.asyncDispose]();
    },
  };
});
