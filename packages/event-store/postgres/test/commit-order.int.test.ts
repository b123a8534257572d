import { anAppend } from '@odst/event-store/contract/appends';
import type { PostgresTransaction } from '@odst/postgres';
import { createTestDatabase, eventually, type TestDatabase } from '@odst/testing';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openNewStore, openStore } from './open-store.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(() => database[Symbol.asyncDispose]());

/** Whether an append waits for the lock of another one; the tests of this file have the database to themselves. */
async function isSomebodyWaiting(): Promise<boolean> {
  const waiting = `SELECT FROM pg_locks WHERE locktype = 'advisory' AND NOT granted
    AND database = (SELECT oid FROM pg_database WHERE datname = current_database())`;
  return (await database.pool.query(waiting)).rowCount === 1;
}

describe('positions in commit order', () => {
  test('a reader skips nothing while a writer sleeps before its commit', async () => {
    const { store, schema } = await openNewStore(database);
    const other = openStore(database.url, schema).store;
    await store.append(anAppend());
    const asleep = Promise.withResolvers<void>();
    const wakeUp = Promise.withResolvers<void>();
    const slow = store.append(
      anAppend({
        stream: 'note-slow',
        alongside: async () => {
          asleep.resolve();
          await wakeUp.promise;
        },
      }),
    );
    await asleep.promise;
    let isQuickDone = false;
    const quick = other.append(anAppend({ stream: 'note-quick' })).finally(() => {
      isQuickDone = true;
    });
    // It has to wait: in a store that let it pass, it would be seen now and hide the slow one.
    await eventually(async () => isQuickDone || (await isSomebodyWaiting()));
    const seen = (await other.readAll(0n, 10)).map(({ position }) => position);
    expect(seen).toEqual([1n]);
    wakeUp.resolve();
    await Promise.all([slow, quick]);
    const rest = await other.readAll(seen.at(-1) ?? 0n, 10);
    expect(rest.map(({ position, stream }) => [position, stream])).toEqual([
      [2n, 'note-slow'],
      [3n, 'note-quick'],
    ]);
  });

  test('a rolled back append leaves no gap', async () => {
    const { store } = await openNewStore(database);
    const fault = async (): Promise<void> => {
      throw new Error('no');
    };
    await Promise.allSettled(
      Array.from({ length: 9 }, (_, index) => store.append(anAppend(index % 2 === 0 ? { alongside: fault } : {}))),
    );
    expect((await store.readAll(0n, 100)).map(({ position }) => position)).toEqual([1n, 2n, 3n, 4n]);
  });

  test('an open transaction in this or another database of the cluster delays nobody', async () => {
    const { store } = await openNewStore(database);
    await using elsewhere = await createTestDatabase();
    const clients = [await elsewhere.pool.connect(), await database.pool.connect()];
    try {
      for (const client of clients)
        await client.query('BEGIN; CREATE TABLE writes_something (id int); SELECT pg_current_xact_id()');
      const appended = await store.append(anAppend());
      expect(await store.readAll(0n, 10)).toEqual(appended.events);
      expect(await store.lastPosition()).toBe(1n);
    } finally {
      for (const client of clients) client.release(true);
    }
  });

  test('a writer whose session is ended before its commit stores nothing, and the next one goes on', async () => {
    const { store } = await openNewStore(database);
    const append = anAppend<PostgresTransaction>({
      alongside: async (transaction) => {
        const { rows } = await transaction.query<{ pid: number }>('SELECT pg_backend_pid() AS pid');
        await database.pool.query('SELECT pg_terminate_backend($1)', [rows[0]?.pid]);
        await transaction.query('SELECT 1');
      },
    });
    await expect(store.append(append)).rejects.toMatchObject({ code: 'COMMON_DATABASE_UNAVAILABLE' });
    expect(await store.lastPosition()).toBe(0n);
    const { alongside: _, ...again } = append;
    expect(await eventually(() => store.append(again))).toMatchObject({ position: 1n, version: 1, repeated: false });
  });
});
