import { anAppend } from '@odst/event-store/contract/appends';
import type { PostgresTransaction } from '@odst/postgres';
import { createTestDatabase, eventually, type TestDatabase } from '@odst/testing';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openBench } from './bench.ts';
import type { AppendFate, StandIn } from './stand-in/index.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(() => database[Symbol.asyncDispose]());

const unavailable = { code: 'COMMON_DATABASE_UNAVAILABLE' };

/** The next append to the streams that match loses its connection. */
function loseNext(standIn: StandIn, fate: AppendFate, matches: (stream: string) => boolean): void {
  standIn.fateOf = (stream) => {
    if (!matches(stream)) return 'answer';
    standIn.fateOf = () => 'answer';
    return fate;
  };
}

describe('against a stand-in server, not EventStoreDB itself: an append whose connection is lost', () => {
  const moments: [string, AppendFate, 'events' | 'links'][] = [
    ['before its events are stored', 'refuse', 'events'],
    ['after its events are stored and before the answer', 'drop', 'events'],
    ['before its links are stored', 'refuse', 'links'],
    ['after its links are stored and before the answer', 'drop', 'links'],
  ];
  test.each(moments)('%s is stored once, with what goes alongside, however often it is repeated', async (_moment, fate, what) => {
    const bench = await openBench(database);
    const { standIn, log, schema } = bench;
    const store = await bench.open();
    await store.append(anAppend());
    loseNext(standIn, fate, (stream) => (stream === log) === (what === 'links'));
    const append = anAppend<PostgresTransaction>({
      expectedVersion: 1,
      result: 'first',
      alongside: async (transaction) => {
        await transaction.query(`INSERT INTO ${schema}.notes VALUES ('once')`);
      },
    });
    await expect(store.append(append)).rejects.toMatchObject(unavailable);
    const again = await eventually(() => store.append(append));
    expect(again).toMatchObject({ version: 2, position: 2n, result: 'first', repeated: true });
    expect(await store.append({ ...append, result: 'second' })).toEqual(again);
    expect(standIn.database.stream(`${log.replace('-', '.')}.note-1`).map(({ revision }) => revision)).toEqual([0, 1]);
    expect(standIn.database.stream(log)).toHaveLength(3);
    expect(await store.readAll(0n, 10)).toHaveLength(2);
    expect(await bench.notes()).toEqual(['once']);
  });

  test('is brought to the log without another call, and listeners hear of it', async () => {
    const bench = await openBench(database);
    const store = await bench.open();
    let calls = 0;
    using _listening = store.onAppended(() => {
      calls += 1;
    });
    await eventually(() => calls > 0);
    loseNext(bench.standIn, 'refuse', (stream) => stream !== bench.log);
    await expect(store.append(anAppend())).rejects.toMatchObject(unavailable);
    const before = calls;
    await eventually(() => bench.standIn.database.stream(bench.log).length === 2);
    await eventually(() => calls > before);
    expect(await store.lastPosition()).toBe(1n);
  });

  test('of a process that ended is brought to the log by another one', async () => {
    const bench = await openBench(database);
    const [dying, living] = [await bench.open(), await bench.open()];
    bench.standIn.fateOf = () => 'refuse';
    await expect(dying.append(anAppend())).rejects.toMatchObject(unavailable);
    await dying[Symbol.asyncDispose]();
    bench.standIn.fateOf = () => 'answer';
    await eventually(async () => (await living.lastPosition()) === 1n);
    expect(await living.readStream('note-1')).toHaveLength(1);
  });
});

describe('against a stand-in server, not EventStoreDB itself: while the server is away', () => {
  test('every method says so, appends wait with what goes alongside, and all is there when it is back', async () => {
    const bench = await openBench(database);
    const store = await bench.open();
    await store.append(anAppend());
    bench.standIn.stop();
    const append = anAppend<PostgresTransaction>({
      alongside: async (transaction) => {
        await transaction.query(`INSERT INTO ${bench.schema}.notes VALUES ('kept')`);
      },
    });
    await expect(store.append(append)).rejects.toMatchObject(unavailable);
    await expect(store.append(anAppend())).rejects.toMatchObject(unavailable);
    await expect(store.readStream('note-1')).rejects.toMatchObject(unavailable);
    await expect(store.readAll(0n, 1)).rejects.toMatchObject(unavailable);
    await expect(store.lastPosition()).rejects.toMatchObject(unavailable);
    await expect(store.findCommand(append.metadata.commandId)).rejects.toMatchObject(unavailable);
    await expect(bench.open()).rejects.toMatchObject(unavailable);
    await bench.standIn.start();
    await eventually(async () => (await store.lastPosition()) === 3n);
    expect((await store.readAll(0n, 10)).map(({ version, position }) => [version, position])).toEqual([
      [1, 1n],
      [2, 2n],
      [3, 3n],
    ]);
    expect(await store.findCommand(append.metadata.commandId)).toMatchObject({ version: 2, position: 2n });
    expect(await bench.notes()).toEqual(['kept']);
  });

  test('a stale version stays a conflict afterwards, and nothing of it is stored', async () => {
    const bench = await openBench(database);
    const store = await bench.open();
    await store.append(anAppend());
    bench.standIn.stop();
    await expect(store.append(anAppend({ expectedVersion: 1 }))).rejects.toMatchObject(unavailable);
    await bench.standIn.start();
    const stale = anAppend<PostgresTransaction>({
      expectedVersion: 1,
      alongside: async (transaction) => {
        await transaction.query(`INSERT INTO ${bench.schema}.notes VALUES ('never')`);
      },
    });
    await expect(
      eventually(() => store.append(stale).catch((error: { code: string }) => error.code !== unavailable.code && error)),
    ).resolves.toMatchObject({
      code: 'COMMON_COMMAND_CONFLICT',
      details: { stream: 'note-1', expectedVersion: 1, actualVersion: 2 },
    });
    expect(bench.standIn.database.all()).toHaveLength(5);
    expect(await bench.notes()).toEqual([]);
  });
});
