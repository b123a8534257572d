import { createTestDatabase, eventually, type TestDatabase } from '@odst/testing';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { inTransaction, queryRows, tryLock, tryLockedConnection } from '../src/index.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase();
  await database.pool.query('create schema own; create table own.notes (note text primary key)');
});
afterAll(() => database[Symbol.asyncDispose]());

const notes = async () =>
  (await queryRows<{ note: string }>(database.pool, 'select note from own.notes order by note')).map(({ note }) => note);

describe('a transaction', () => {
  test('is committed as a whole, and finds names in its schema', async () => {
    const value = await inTransaction(
      database.pool,
      async (transaction) => {
        await transaction.query("insert into notes values ('a')");
        await transaction.query("insert into notes values ('b')");
        return 'done';
      },
      { schema: 'own' },
    );
    expect(value).toBe('done');
    expect(await notes()).toEqual(['a', 'b']);
    expect(await queryRows(database.pool, 'show search_path')).toEqual([{ search_path: '"$user", public' }]);
  });

  test('is rolled back when its work throws, and throws the same', async () => {
    const refusal = new Error('not today');
    const attempt = inTransaction(database.pool, async (transaction) => {
      await transaction.query("insert into own.notes values ('never')");
      throw refusal;
    });
    await expect(attempt).rejects.toBe(refusal);
    expect(await notes()).not.toContain('never');
  });

  test("leaves the database's refusal of a statement of its work as it is", async () => {
    const attempt = inTransaction(database.pool, (transaction) =>
      transaction.query("insert into own.notes values ('twice'), ('twice')"),
    );
    await expect(attempt).rejects.toMatchObject({ code: '23505' });
  });

  test('is no success when its work kept a failed statement to itself', async () => {
    const attempt = inTransaction(database.pool, async (transaction) => {
      await transaction.query("insert into own.notes values ('lost')");
      await transaction.query('select * from no_such_table').catch(() => undefined);
    });
    await expect(attempt).rejects.toMatchObject({ code: 'COMMON_INTERNAL' });
    expect(await notes()).not.toContain('lost');
  });

  test('says that the database is out of reach when its connection is ended, which the pool does not take back', async () => {
    const { pool } = database;
    const attempt = inTransaction(pool, (transaction) => transaction.query('select pg_terminate_backend(pg_backend_pid())'));
    await expect(attempt).rejects.toMatchObject({ code: 'COMMON_DATABASE_UNAVAILABLE' });
    expect(await inTransaction(pool, (transaction) => queryRows(transaction, 'select 1 as one'))).toEqual([{ one: 1 }]);
  });
});

test('a statement that fails is a defect, with the error of the driver as its cause', async () => {
  const failing = queryRows(database.pool, 'select * from no_such_table');
  await expect(failing).rejects.toMatchObject({ code: 'COMMON_INTERNAL', cause: { code: '42P01' } });
});

describe('a lock', () => {
  test('is held by one connection at a time, and free when that one gives it back', async () => {
    const held = await tryLockedConnection(database.pool, 'odst.test');
    expect(await tryLockedConnection(database.pool, 'odst.test')).toBeUndefined();
    await using _other = await tryLockedConnection(database.pool, 'odst.test.other');
    await held?.[Symbol.asyncDispose]();
    await using again = await tryLockedConnection(database.pool, 'odst.test');
    expect(again).toBeDefined();
  });

  test('is free when the connection that holds it is ended', async () => {
    const held = await tryLockedConnection(database.pool, 'odst.ended');
    const ended = held?.client.query('select pg_terminate_backend(pg_backend_pid())');
    await expect(ended).rejects.toThrow();
    const client = await database.pool.connect();
    await eventually(() => tryLock(client, 'odst.ended'));
    client.release(true);
    await held?.[Symbol.asyncDispose]();
  });
});
