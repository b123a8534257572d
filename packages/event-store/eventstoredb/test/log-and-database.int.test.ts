import { anAppend } from '@odst/event-store/contract/appends';
import { createTestDatabase, type TestDatabase } from '@odst/testing';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startEventStoreDbStore } from '../src/index.ts';
import { openBench } from './bench.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(() => database[Symbol.asyncDispose]());

const mismatch = (message: RegExp) => ({ code: 'COMMON_EVENT_LOG_MISMATCH', message: expect.stringMatching(message) as string });

describe('against a stand-in server, not EventStoreDB itself: log and database', () => {
  test('of two servers are not mixed up', async () => {
    const bench = await openBench(database);
    await bench.open();
    await using elsewhere = await createTestDatabase();
    const other = await openBench(elsewhere);
    await elsewhere.pool.query(`ALTER SCHEMA ${other.schema} RENAME TO ${bench.schema}_`);
    await elsewhere.pool.query(`ALTER SCHEMA ${bench.schema}_ RENAME TO ${bench.schema}`);
    const opening = startEventStoreDbStore({
      url: bench.standIn.url,
      streamPrefix: bench.streamPrefix,
      pool: elsewhere.pool,
      schema: bench.schema,
    });
    await expect(opening).rejects.toMatchObject(mismatch(/belongs to another database/));
  });

  test('stay together when the prefix is changed', async () => {
    const bench = await openBench(database);
    await bench.open();
    await expect(bench.open({ streamPrefix: 'other' })).rejects.toMatchObject(mismatch(/set EVENTSTORE_STREAM_PREFIX back/));
    expect(bench.standIn.database.has(`other-${bench.schema}`)).toBe(false);
  });

  test('do not fit when the log lost its end', async () => {
    const bench = await openBench(database);
    const store = await bench.open();
    for (let count = 0; count < 3; count += 1) await store.append(anAppend());
    bench.standIn.database.truncate(bench.log, 3);
    await expect(bench.open()).rejects.toMatchObject(mismatch(/ends at 2, but the database knows events up to 3/));
  });

  test('fit again when the database was restored: its places are taken over from the log', async () => {
    const bench = await openBench(database);
    const store = await bench.open();
    const event = { type: 'NoteWritten', schemaVersion: 1, data: {} };
    await store.append(anAppend({ result: 'before', commandId: 'before' }));
    const after = await store.append(anAppend({ events: [event, event], result: { id: 7 }, commandId: 'after' }));
    const many = Array.from({ length: 600 }, () => event);
    const last = await store.append(anAppend({ stream: 'note-2', events: many, commandId: 'last' }));
    await bench.pool.query(`DELETE FROM ${bench.schema}.placed_commands WHERE position > 1`);

    const restored = await bench.open();
    expect(await restored.findCommand('after')).toEqual({ ...after, repeated: true });
    expect(await restored.findCommand('last')).toEqual({ ...last, repeated: true });
    expect(await restored.append(anAppend({ commandId: 'after' }))).toEqual({ ...after, repeated: true });
    expect(await restored.append(anAppend({ expectedVersion: 3 }))).toMatchObject({ version: 4, position: 604n });
  });

  test('tell of an event that somebody else wrote to a place', async () => {
    const bench = await openBench(database);
    const store = await bench.open();
    const bytes = new TextEncoder().encode('{}');
    const foreign = { id: crypto.randomUUID(), type: 'Foreign', contentType: 'application/json', data: bytes, metadata: bytes };
    bench.standIn.database.append(`${bench.streamPrefix}.${bench.schema}.note-1`, 'any', [foreign]);
    await expect(store.append(anAppend())).rejects.toMatchObject(mismatch(/other events from revision 0 on/));
    await expect(store.readStream('note-1')).rejects.toMatchObject(mismatch(/was not written by this server/));
    expect(bench.standIn.database.stream(bench.log)).toHaveLength(1);
  });
});

describe('against a stand-in server, not EventStoreDB itself: refusals', () => {
  test('an append that EventStoreDB would not take gets no place', async () => {
    const bench = await openBench(database);
    const store = await bench.open();
    const data = { text: 'x'.repeat(1_048_576) };
    const append = anAppend({ events: [{ type: 'NoteWritten', schemaVersion: 1, data }] });
    await expect(store.append(append)).rejects.toMatchObject({ code: 'COMMON_CONTENT_TOO_LARGE' });
    expect(await store.findCommand(append.metadata.commandId)).toBeUndefined();
    expect(await store.append(anAppend())).toMatchObject({ position: 1n });
  });

  test.each(['esdb://admin:geheim@', 'http://admin:geheim@127.0.0.1:2113'])(
    '%s is no URL, and its password is not told',
    async (url) => {
      const bench = await openBench(database);
      const refusal: unknown = await bench.open({ url }).catch((error: unknown) => error);
      expect(refusal).toMatchObject({
        code: 'COMMON_SETTING_INVALID',
        message: expect.stringContaining('EVENTSTORE_URL') as string,
      });
      expect(JSON.stringify(refusal) + String(refusal)).not.toContain('geheim');
    },
  );
});
