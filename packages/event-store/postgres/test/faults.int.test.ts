import { anAppend } from '@odst/event-store/contract/appends';
import type { PostgresTransaction } from '@odst/postgres';
import { createTestDatabase, type TestDatabase } from '@odst/testing';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createPostgresEventStore } from '../src/index.ts';
import { openNewStore } from './open-store.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(() => database[Symbol.asyncDispose]());

describe('faults', () => {
  test('a database that cannot be reached is told as such by every method', async () => {
    const pool = new pg.Pool({ host: '/nowhere/at/all', user: 'odst', database: 'odst' });
    await using store = createPostgresEventStore({ pool, schema: 'catalog' });
    const unavailable = { code: 'COMMON_DATABASE_UNAVAILABLE' };
    await expect(store.append(anAppend())).rejects.toMatchObject(unavailable);
    await expect(store.append(anAppend({ alongside: async () => undefined }))).rejects.toMatchObject(unavailable);
    await expect(store.readStream('note-1')).rejects.toMatchObject(unavailable);
    await expect(store.readAll(0n, 1)).rejects.toMatchObject(unavailable);
    await expect(store.lastPosition()).rejects.toMatchObject(unavailable);
    await expect(store.findCommand('x')).rejects.toMatchObject(unavailable);
  });

  test('an append that the database refuses fails alone, not those that share its transaction', async () => {
    const { store } = await openNewStore(database);
    const first = store.append(anAppend({ stream: 'note-first' }));
    const settled = await Promise.allSettled(
      ['note-a', 'note-\u0000', 'note-b'].map((stream) => store.append(anAppend({ stream }))),
    );
    await first;
    expect(settled.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
    expect(settled[1]).toMatchObject({ reason: { code: 'COMMON_INTERNAL' } });
    expect((await store.readAll(0n, 10)).map(({ stream }) => stream)).toEqual(['note-first', 'note-a', 'note-b']);
  });

  test('a failed statement that alongside keeps to itself is not taken for success', async () => {
    const { store } = await openNewStore(database);
    const append = anAppend<PostgresTransaction>({
      alongside: async (transaction) => {
        await transaction.query('SELECT * FROM no_such_table').catch(() => undefined);
      },
    });
    await expect(store.append(append)).rejects.toMatchObject({ code: 'COMMON_INTERNAL' });
    expect(await store.lastPosition()).toBe(0n);
  });

  test("alongside's own refusal by the database reaches the caller as it is", async () => {
    const { store, schema } = await openNewStore(database);
    const write = anAppend<PostgresTransaction>({
      alongside: async (transaction) => {
        await transaction.query(`INSERT INTO ${schema}.notes VALUES ('same'), ('same')`);
      },
    });
    await expect(store.append(write)).rejects.toMatchObject({ code: '23505' });
    expect(await store.lastPosition()).toBe(0n);
  });

  test.each(['UPDATE events SET version = 9', 'DELETE FROM events', 'TRUNCATE events'])('refuses to %s', async (statement) => {
    const { store, schema } = await openNewStore(database);
    const { events } = await store.append(anAppend());
    await expect(database.pool.query(statement.replace('events', `${schema}.events`))).rejects.toThrow(
      'events are never changed',
    );
    expect(await store.readAll(0n, 10)).toEqual(events);
  });

  test('refuses a schema that is no plain name', () => {
    expect(() => createPostgresEventStore({ pool: database.pool, schema: 'a"; DROP' })).toThrow(
      expect.objectContaining({ code: 'COMMON_SETTING_INVALID' }),
    );
  });
});
