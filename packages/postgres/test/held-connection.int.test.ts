import { createTestDatabase, eventually, type TestDatabase } from '@odst/testing';
import pg from 'pg';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { type HeldConnection, holdConnection } from '../src/index.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(() => database[Symbol.asyncDispose]());

function openHeld() {
  const pool = new pg.Pool({ connectionString: database.url });
  pool.on('error', () => undefined);
  const connection = holdConnection(pool);
  onTestFinished(async () => {
    connection.release();
    await pool.end();
  });
  return { pool, connection };
}

const backendOf = ({ run }: HeldConnection): Promise<unknown> =>
  run(async (client) => (await client.query<{ pid: number }>('SELECT pg_backend_pid() AS pid')).rows[0]?.pid);

test('stays the same, also after a statement that was refused', async () => {
  const { connection } = openHeld();
  const first = await backendOf(connection);
  await expect(connection.run((client) => client.query('SELECT 1 / 0'))).rejects.toThrow('division by zero');
  expect(await backendOf(connection)).toBe(first);
});

test('is another one after it was ended, in a statement or between two', async () => {
  const { pool, connection } = openHeld();
  const first = await backendOf(connection);
  await expect(connection.run((client) => client.query('SELECT pg_terminate_backend(pg_backend_pid())'))).rejects.toThrow();
  const second = await backendOf(connection);
  expect(second).not.toBe(first);
  await database.pool.query('SELECT pg_terminate_backend($1)', [second]);
  await eventually(() => pool.totalCount === 0);
  expect(await backendOf(connection)).not.toBe(second);
});

test('is kept when the first one could not be fetched', async () => {
  const { pool, connection } = openHeld();
  const { host, port } = pool.options;
  Object.assign(pool.options, { connectionString: undefined, host: '/nowhere/at/all' });
  await expect(backendOf(connection)).rejects.toThrow();
  Object.assign(pool.options, { connectionString: database.url, host, port });
  expect(await backendOf(connection)).toBe(await backendOf(connection));
});
