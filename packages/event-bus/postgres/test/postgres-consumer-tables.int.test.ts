import { aMessage, deadLettersContract, inboxContract, leaseContract, progressStoreContract } from '@odst/event-bus/contract';
import { connectionOf, createListener, createPool, lockIsHeld, type PostgresTransaction, queryRows } from '@odst/postgres';
import { createSilentLogger } from '@odst/telemetry';
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

/** As long as may be: a test that wants it over says so. */
const ttlMs = 10_000;
const endsIn = async (interval: string): Promise<void> => {
  await database.pool.query('UPDATE notes.leases SET expires_at = now() + $1::interval', [interval]);
};
const expire = () => endsIn('-1 second');

leaseContract('PostgreSQL', async () => {
  const open = () => createPostgresLease({ pool: database.pool, schema, name: 'relay', ttlMs });
  return { lease: open(), another: open(), expire, dispose: empty };
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

/** A process that may hold the lease: its pool, and its listener, which is connected once somebody listens. */
function openProcess() {
  const pool = createPool(database.url, { applicationName: 'holder', logger: createSilentLogger() });
  const listener = createListener({ connection: connectionOf(pool) });
  const lease = createPostgresLease({ pool, schema, name: 'relay', ttlMs, listener });
  const end = async () => {
    await listener[Symbol.asyncDispose]();
    if (!pool.ended) await pool.end();
  };
  onTestFinished(end);
  const listen = async () => {
    const present = Promise.withResolvers<void>();
    const listening = listener.listen('lease', () => present.resolve());
    await present.promise;
    return listening;
  };
  return { listener, lease, listen, end };
}

const isHeld = async (presence: string): Promise<boolean> =>
  (await queryRows<{ held: boolean }>(database.pool, `SELECT ${lockIsHeld('$1::text')} AS held`, [presence]))[0]?.held === true;

leaseContract('PostgreSQL, with listeners that nobody listens to', async () => ({
  lease: openProcess().lease,
  another: openProcess().lease,
  expire,
  dispose: empty,
}));

test('a lease of a process that is gone is free at once, and one of a process that lives is not', async () => {
  onTestFinished(empty);
  const [holder, successor] = [openProcess(), openProcess()];
  await holder.listen();
  const fence = (await holder.lease.acquire()) ?? 0n;
  expect(await successor.lease.acquire()).toBeUndefined();
  await holder.end();
  const taken = await eventually(() => successor.lease.acquire());
  expect(taken).toBeGreaterThan(fence);
  expect(await successor.lease.renew(fence)).toBe(false);
});

test('a process whose listener alone lost its connection keeps its lease, before and after it renewed it', async () => {
  onTestFinished(empty);
  const [holder, successor] = [openProcess(), openProcess()];
  const listening = await holder.listen();
  const fence = (await holder.lease.acquire()) ?? 0n;
  listening[Symbol.dispose]();
  await eventually(async () => !(await isHeld(holder.listener.presence)));
  for (let round = 0; round < 2; round += 1) {
    // However long the machine took until here.
    await endsIn('1 hour');
    expect(await successor.lease.acquire()).toBeUndefined();
    expect(await holder.lease.renew(fence)).toBe(true);
  }
});
