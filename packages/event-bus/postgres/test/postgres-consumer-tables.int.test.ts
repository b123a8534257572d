import { aMessage, deadLettersContract, inboxContract, leaseContract, progressStoreContract } from '@odst/event-bus/contract';
import { createListener, type PostgresTransaction } from '@odst/postgres';
import { eventually, type TestDatabase } from '@odst/testing';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { createInbox, createPostgresDeadLetters, createPostgresLease, createPostgresProgressStore } from '../src/index.ts';
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

progressStoreContract('PostgreSQL', async () => ({
  store: createPostgresProgressStore({ pool: database.pool }),
  dispose: async () => void (await database.pool.query('TRUNCATE bus.consumers')),
}));

const openLetters = () => createPostgresDeadLetters({ pool: database.pool, schema, clock: { now: () => new Date() } });

deadLettersContract('PostgreSQL', async () => ({
  deadLetters: openLetters(),
  inbox: createInbox(database.pool, schema),
  pass: async (ms) => {
    const text = "UPDATE notes.dead_letters SET taken_until = taken_until - $1 * interval '1 millisecond'";
    await database.pool.query(text, [ms]);
  },
  dispose: empty,
}));

test('a letter whose message cannot be marked as done is not skipped', async () => {
  onTestFinished(empty);
  const deadLetters = openLetters();
  await deadLetters.park('notes.copy', aMessage(3n, 'bad'), { tries: 8, error: 'it broke' });
  const [letter] = await deadLetters.list();
  if (letter === undefined) throw new Error('one is parked');
  await database.pool.query("ALTER TABLE notes.inbox ADD CONSTRAINT planted CHECK (key <> 'bad')");
  onTestFinished(async () => void (await database.pool.query('ALTER TABLE notes.inbox DROP CONSTRAINT planted')));
  await expect(deadLetters.skip(letter, { by: 'account:admin', reason: 'why not' })).rejects.toMatchObject({
    cause: { constraint: 'planted' },
  });
  expect(await deadLetters.list()).toEqual([letter]);
});

test('a lease of a process whose connection ended is free at once, and one of a process that lives is not', async () => {
  onTestFinished(empty);
  const open = () => {
    const listener = createListener({ connection: { connectionString: database.url } });
    onTestFinished(() => listener[Symbol.asyncDispose]());
    const lease = createPostgresLease({ pool: database.pool, schema, name: 'relay', ttlMs: 10_000, listener });
    return { listener, lease };
  };
  const [holder, successor] = [open(), open()];
  const present = Promise.withResolvers<void>();
  const listening = holder.listener.listen('lease', () => present.resolve());
  await present.promise;
  const fence = (await holder.lease.acquire()) ?? 0n;
  expect(await successor.lease.acquire()).toBeUndefined();
  listening[Symbol.dispose]();
  const taken = await eventually(() => successor.lease.acquire());
  expect(taken).toBeGreaterThan(fence);
  expect(await holder.lease.renew(fence)).toBe(false);
});
