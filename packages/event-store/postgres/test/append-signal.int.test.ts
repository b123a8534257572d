import { anAppend } from '@odst/event-store/contract/appends';
import { createTestDatabase, eventually, type TestDatabase } from '@odst/testing';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openNewStore, openStore } from './open-store.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(() => database[Symbol.asyncDispose]());

const listenerPids = "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND query LIKE 'LISTEN %'";

describe('onAppended between processes', () => {
  test('a notification comes well before the next look', async () => {
    const { store, schema } = await openNewStore(database, { lookEveryMs: 600_000 });
    const other = openStore(database.url, schema).store;
    let calls = 0;
    using _listening = store.onAppended(() => {
      calls += 1;
    });
    await eventually(async () => (await database.pool.query(listenerPids)).rowCount === 1);
    const latencies: number[] = [];
    for (let round = 0; round < 5; round += 1) {
      const before = calls;
      await other.append(anAppend());
      const startedAt = performance.now();
      await eventually(() => calls > before);
      latencies.push(performance.now() - startedAt);
    }
    expect(latencies.sort((a, b) => a - b)[2]).toBeLessThan(5_000);
  });

  test('a burst of appends makes few notifications', async () => {
    const { store, schema } = await openNewStore(database);
    const listener = new pg.Client({ connectionString: database.url });
    await listener.connect();
    try {
      let notifications = 0;
      listener.on('notification', () => {
        notifications += 1;
      });
      await listener.query(`LISTEN odst_events_${schema}`);
      const startedAt = performance.now();
      for (let index = 0; index < 100; index += 1) await store.append(anAppend());
      const most = (performance.now() - startedAt) / 5 + 2;
      await store[Symbol.asyncDispose]();
      await eventually(() => notifications > 0);
      await listener.query('SELECT 1');
      expect(notifications).toBeLessThanOrEqual(most);
    } finally {
      await listener.end();
    }
  });

  test('events that nobody told of are found by a look now and then', async () => {
    const { store, schema } = await openNewStore(database, { lookEveryMs: 200 });
    const seen: bigint[] = [];
    using _listening = store.onAppended(() => {
      void store.lastPosition().then((position) => seen.push(position));
    });
    await eventually(async () => (await database.pool.query(listenerPids)).rowCount === 1);
    await database.pool.query(
      `SELECT ${schema}.append_batch(ARRAY[gen_random_uuid()], '{s}', '{0}', '{1}', ARRAY['null']::json[], ARRAY['{}']::json[], now(),
        ARRAY[gen_random_uuid()], '{NoteWritten}', '{1}', ARRAY['{}']::json[])`,
    );
    await eventually(() => seen.includes(1n));
  });

  test('a broken listening connection is made again, and what nobody heard meanwhile is told', async () => {
    const { store, schema } = await openNewStore(database);
    const other = openStore(database.url, schema).store;
    let calls = 0;
    using _listening = store.onAppended(() => {
      calls += 1;
    });
    const first = await eventually(async () => (await database.pool.query<{ pid: number }>(listenerPids)).rows[0]?.pid);
    await database.pool.query('SELECT pg_terminate_backend($1)', [first]);
    const unheard = calls;
    await other.append(anAppend());
    await eventually(() => calls > unheard);
    await eventually(async () => {
      const { rows } = await database.pool.query<{ pid: number }>(listenerPids);
      return rows.length === 1 && rows[0]?.pid !== first;
    });
    const before = calls;
    await other.append(anAppend());
    await eventually(() => calls > before);
  });

  test('the listening connection ends with the last listener', async () => {
    const { store } = await openNewStore(database);
    const listeners = [store.onAppended(() => undefined), store.onAppended(() => undefined)];
    await eventually(async () => (await database.pool.query(listenerPids)).rowCount === 1);
    for (const listener of listeners) listener[Symbol.dispose]();
    await eventually(async () => (await database.pool.query(listenerPids)).rowCount === 0);
  });
});
