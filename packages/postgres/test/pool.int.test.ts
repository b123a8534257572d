import { createLogger, createSilentLogger } from '@odst/telemetry';
import { createTestDatabase, eventually, openNetwork } from '@odst/testing';
import { expect, onTestFinished, test } from 'vitest';
import { createPool } from '../src/index.ts';

/** A pool on a database of its own, what it logged, and a way to end all its connections from the other side. */
async function brokenPool() {
  const database = await createTestDatabase();
  const lines: string[] = [];
  const logger = createLogger({ name: 'test', destination: { write: (line) => void lines.push(line) } });
  const pool = createPool(database.url, { applicationName: 'to be broken', logger });
  return {
    pool,
    log: () => lines.join(''),
    breakAll: () =>
      database.pool.query("select pg_terminate_backend(pid, 5000) from pg_stat_activity where application_name = 'to be broken'"),
    async [Symbol.asyncDispose]() {
      await pool.end();
      await database[Symbol.asyncDispose]();
    },
  };
}

test('an idle connection that breaks is logged and replaced', async () => {
  await using broken = await brokenPool();
  await broken.pool.query('select 1');
  await broken.breakAll();
  await eventually(() => broken.log().includes('an idle database connection broke'));
  expect((await broken.pool.query('select 2 as two')).rows).toEqual([{ two: 2 }]);
});

test('a connection that breaks between the statements of a transaction fails the next of them and nothing else', async () => {
  await using broken = await brokenPool();
  const client = await broken.pool.connect();
  await client.query('begin');
  await broken.breakAll();
  await expect(client.query('select 1')).rejects.toThrow(/terminat|not queryable/);
  client.release();
  expect((await broken.pool.query('select 2 as two')).rows).toEqual([{ two: 2 }]);
});

/** A pool that waits half a second for an answer where a statement says nothing else, over a network that can fall silent. */
/** A statement that is waited for, however slow the machine is. */
const patient = (text: string) => ({ text, query_timeout: 120_000 });

async function poolOnNetwork() {
  const database = await createTestDatabase();
  onTestFinished(() => database[Symbol.asyncDispose]());
  const network = await openNetwork(database.url);
  onTestFinished(() => network[Symbol.asyncDispose]());
  const pool = createPool(network.url, { applicationName: 'over a network', logger: createSilentLogger(), queryTimeoutMs: 500 });
  onTestFinished(() => pool.end());
  return { database, network, pool };
}

test('a connection that falls silent fails its statement in time, and the idle ones are given up with it', async () => {
  const { network, pool } = await poolOnNetwork();
  await Promise.all([1, 2, 3].map(() => pool.query(patient('select pg_sleep(0.05)'))));
  expect(pool.idleCount).toBe(3);
  network.fallSilent('standing');
  await expect(pool.query('select 1')).rejects.toThrow('Query read timeout');
  const askedAt = performance.now();
  expect((await pool.query(patient('select 2 as two'))).rows).toEqual([{ two: 2 }]);
  expect(performance.now() - askedAt).toBeLessThan(60_000);
  expect(pool.totalCount).toBe(1);
});

test('a transaction on a connection that falls silent waits for one statement only, and the pool does not take it back', async () => {
  const { network, pool } = await poolOnNetwork();
  const client = await pool.connect();
  await client.query(patient('begin'));
  network.fallSilent('standing');
  await expect(client.query('select 1')).rejects.toThrow('Query read timeout');
  await expect(client.query('rollback')).rejects.toThrow('not queryable');
  client.release();
  await eventually(() => pool.totalCount === 0);
});

test('a pool ends though its connections are silent', async () => {
  const { network, pool } = await poolOnNetwork();
  await pool.query(patient('select 1'));
  network.fallSilent('all');
  await expect(pool.query('select 1')).rejects.toThrow('Query read timeout');
});

test('a statement that is known to take longer is waited for', async () => {
  const { pool } = await poolOnNetwork();
  expect((await pool.query(patient('select pg_sleep(0.8)'))).rowCount).toBe(1);
});

test('each statement sees what was committed before it, whatever the default of the database is', async () => {
  const { database, pool } = await poolOnNetwork();
  await database.pool.query(`alter database ${database.name} set default_transaction_isolation = 'serializable'`);
  const { rows } = await pool.query(patient(`select current_setting('transaction_isolation') as own`));
  expect(rows).toEqual([{ own: 'read committed' }]);
});
