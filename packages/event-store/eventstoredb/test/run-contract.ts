import { randomUUID } from 'node:crypto';
import { eventStoreContract } from '@odst/event-store/contract';
import type { PostgresTransaction } from '@odst/postgres';
import { createTestDatabase, type TestDatabase } from '@odst/testing';
import { afterAll, beforeAll } from 'vitest';
import { type EventStoreDbStore, startEventStoreDbStore } from '../src/index.ts';
import { createSchema } from './schema-of-places.ts';

/** As large as the tests need it; the server must be set to take as much. */
export const maxAppendBytes = 15_000_000;

/** Declares the contract suite on a server. @param urlOf called when the tests run */
export function runContract(name: string, urlOf: () => string): void {
  let database: TestDatabase;
  beforeAll(async () => {
    database = await createTestDatabase();
  });
  afterAll(() => database[Symbol.asyncDispose]());

  eventStoreContract<PostgresTransaction>(name, async () => {
    const { pool } = database;
    const schema = await createSchema(pool);
    const streamPrefix = `t${randomUUID().replaceAll('-', '')}`;
    const open = (): Promise<EventStoreDbStore> =>
      startEventStoreDbStore({ url: urlOf(), streamPrefix, pool, schema, maxAppendBytes });
    const [store, other] = [await open(), await open()];
    return {
      store,
      another: () => other,
      notes: {
        write: async (transaction, note) => {
          await transaction.query(`INSERT INTO ${schema}.notes VALUES ($1)`, [note]);
        },
        read: async () => (await pool.query<{ note: string }>(`SELECT note FROM ${schema}.notes`)).rows.map(({ note }) => note),
      },
      dispose: async () => {
        await store[Symbol.asyncDispose]();
        await other[Symbol.asyncDispose]();
      },
    };
  });
}
