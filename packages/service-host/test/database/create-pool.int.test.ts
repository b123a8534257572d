import { createLogger } from '@odst/telemetry';
import { createTestDatabase, eventually } from '@odst/testing';
import { expect, test } from 'vitest';
import { createPool } from '../../src/index.ts';

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
