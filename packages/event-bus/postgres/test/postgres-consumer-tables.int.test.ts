import { deadLettersContract, inboxContract, leaseContract } from '@odst/event-bus/contract';
import type { PostgresTransaction } from '@odst/event-store-postgres';
import type { TestDatabase } from '@odst/testing';
import { afterAll, beforeAll } from 'vitest';
import { createInbox, createPostgresDeadLetters, createPostgresLease } from '../src/index.ts';
import { createBusDatabase } from './bus-database.ts';

const schema = 'notes';

let database: TestDatabase;
beforeAll(async () => {
  database = await createBusDatabase();
});
afterAll(() => database[Symbol.asyncDispose]());

const empty = async (): Promise<void> => {
  await database.pool.query('TRUNCATE notes.inbox, notes.leases, notes.dead_letters, notes.notes');
};

inboxContract<PostgresTransaction>('PostgreSQL', async () => ({
  inbox: createInbox(database.pool, schema),
  notes: {
    write: async (transaction, note) => {
      await transaction.query('INSERT INTO notes.notes VALUES ($1)', [note]);
    },
    read: async () => (await database.pool.query<{ note: string }>('SELECT note FROM notes.notes')).rows.map(({ note }) => note),
  },
  dispose: empty,
}));

leaseContract('PostgreSQL', async () => {
  const open = () => createPostgresLease({ pool: database.pool, schema, name: 'relay', ttlMs: 500 });
  return { lease: open(), another: open(), dispose: empty };
});

deadLettersContract('PostgreSQL', async () => ({
  deadLetters: createPostgresDeadLetters({ pool: database.pool, schema, clock: { now: () => new Date() } }),
  dispose: empty,
}));
