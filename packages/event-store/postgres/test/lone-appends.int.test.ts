import { randomUUID } from 'node:crypto';
import { anAppend } from '@odst/event-store/contract/appends';
import { createTestDatabase, eventually, type TestDatabase } from '@odst/testing';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createRunAppendAlone, isLoneAppend, type LoneAppend } from '../src/append-alone.ts';
import { type PlainAppend, runAppendBatch } from '../src/append-batch.ts';
import { type OpenedStore, openNewStore, openStore } from './open-store.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(() => database[Symbol.asyncDispose]());

function loneAppend(changes: Parameters<typeof anAppend>[0] = {}, commandId?: string): LoneAppend {
  const append = anAppend({ expectedVersion: 0, ...changes, commandId });
  if (!isLoneAppend(append)) throw new Error('not a lone append');
  return append;
}

/** A store with one event in `note-1`, and the short way into its tables at a position. */
async function openWithOneEvent() {
  const opened = await openNewStore(database);
  const { pool, schema } = opened;
  const first = anAppend({ expectedVersion: 0 });
  await runAppendBatch(pool, schema, [first], new Date());
  const appendAt = (position: bigint, append: LoneAppend, seen = false) =>
    createRunAppendAlone(schema)(pool, { append, recordedAt: new Date(), end: position - 1n, seen });
  return { ...opened, first, appendAt };
}

describe('an append on the short way', () => {
  test('is stored at the position and version supposed', async () => {
    const { store, appendAt } = await openWithOneEvent();
    const outcome = await appendAt(2n, loneAppend({ expectedVersion: 1 }));
    expect(outcome).toMatchObject({ kind: 'appended', position: 2n, version: 2 });
    const [, second] = await store.readStream('note-1');
    expect(second).toMatchObject({ position: 2n, version: 2, id: outcome?.ids[0], data: { text: 'a note' } });
  });

  test.each([
    ['a position that is taken', 1n, {}],
    ['a position that would leave a gap', 3n, {}],
    ['a stale version', 2n, { stream: 'note-1', expectedVersion: 0 }],
    ['a version that the stream has not yet', 2n, { stream: 'note-1', expectedVersion: 2 }],
  ])('is left to the other way at %s', async (_name, position, changes) => {
    const { store, appendAt } = await openWithOneEvent();
    expect(await appendAt(position, loneAppend({ stream: 'note-new', ...changes }))).toBeUndefined();
    expect(await store.lastPosition()).toBe(1n);
  });

  test('is left to the other way when its command is known, by an event or without one', async () => {
    const { store, first, appendAt } = await openWithOneEvent();
    const eventless = anAppend({ stream: 'note-2', events: [] });
    await store.append(eventless);
    for (const { commandId } of [first.metadata, eventless.metadata]) {
      expect(await appendAt(2n, loneAppend({ stream: 'note-3' }, commandId))).toBeUndefined();
    }
    expect(await store.lastPosition()).toBe(1n);
  });

  test('is stored without a look at what was seen', async () => {
    const { store, appendAt } = await openWithOneEvent();
    expect(await appendAt(2n, loneAppend({ expectedVersion: 1 }), true)).toMatchObject({ position: 2n, version: 2 });
    for (const [position, expectedVersion] of [
      [2n, 2],
      [3n, 1],
    ] as const) {
      expect(await appendAt(position, loneAppend({ expectedVersion }), true)).toBeUndefined();
    }
    expect(await store.lastPosition()).toBe(2n);
  });

  test('is left to the other way while somebody else appends', async () => {
    const { store, appendAt } = await openWithOneEvent();
    const alongside = async (): Promise<void> => {
      expect(await appendAt(2n, loneAppend({ stream: 'note-3' }))).toBeUndefined();
    };
    await store.append(anAppend({ stream: 'note-2', alongside }));
    expect((await store.readAll(0n, 10)).map(({ stream }) => stream)).toEqual(['note-1', 'note-2']);
  });
});

describe.each([
  ['looks up', false],
  ['need not look up', true],
])('an append on the short way that %s the end and its stream, before it got the lock,', (_name, seen) => {
  /** What `meanwhile` stores is hidden from the statement, as it is from one that began a moment before. */
  async function appendAfter(meanwhile: (store: OpenedStore['store'], append: LoneAppend) => Promise<unknown>) {
    const { store, pool, schema } = await openWithOneEvent();
    const append = loneAppend({ stream: 'note-new' });
    const client = await pool.connect();
    try {
      await client.query('BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT 1');
      await meanwhile(store, append);
      return await createRunAppendAlone(schema)(client, { append, recordedAt: new Date(), end: 1n, seen });
    } finally {
      client.release(true);
    }
  }

  test('is stored where nothing happened meanwhile', async () => {
    expect(await appendAfter(async () => undefined)).toMatchObject({ position: 2n, version: 1 });
  });

  test.each<[string, Partial<PlainAppend>]>([
    ['another event', { stream: 'note-2' }],
    ['its own stream', {}],
    ['its own command without events', { events: [] }],
  ])('is left to the other way when that missed %s', async (_name, changes) => {
    const missed = (store: OpenedStore['store'], append: LoneAppend) =>
      store.append(changes.events === undefined ? anAppend({ ...append, ...changes }) : { ...append, ...changes });
    expect(await appendAfter(missed)).toBeUndefined();
  });
});

describe('appends one after the other', () => {
  test('of two processes in turns get the next position each time', async () => {
    const { store, schema } = await openNewStore(database);
    const stores = [store, openStore(database.url, schema).store];
    for (let index = 0; index < 8; index += 1) {
      // Two by each in turns: the first of them finds that the other process went on.
      const appending = stores[Math.floor(index / 2) % 2] ?? store;
      expect(await appending.append(anAppend({ expectedVersion: index }))).toMatchObject({ position: BigInt(index + 1) });
    }
    expect(await store.readStream('note-1')).toHaveLength(8);
  });

  test('at a stale version, or one to come, are conflicts that name the actual one', async () => {
    const { store } = await openNewStore(database);
    await store.append(anAppend({ expectedVersion: 0 }));
    await store.append(anAppend({ expectedVersion: 1 }));
    for (const expectedVersion of [0, 1, 3]) {
      await expect(store.append(anAppend({ expectedVersion }))).rejects.toMatchObject({
        code: 'COMMON_COMMAND_CONFLICT',
        details: { stream: 'note-1', expectedVersion, actualVersion: 2 },
      });
    }
    expect(await store.append(anAppend({ expectedVersion: 2 }))).toMatchObject({ version: 3, position: 3n });
  });

  test('of one command give its first result, also when another process ran it without events', async () => {
    const { store, schema } = await openNewStore(database);
    const other = openStore(database.url, schema).store;
    const [commandId, refused] = [randomUUID(), randomUUID()];
    const first = await store.append(anAppend({ expectedVersion: 0, result: 'first', commandId }));
    const again = await store.append(anAppend({ stream: 'note-2', expectedVersion: 0, result: 'again', commandId }));
    expect(again).toEqual({ ...first, repeated: true });
    await other.append(anAppend({ events: [], result: 'refused', commandId: refused }));
    const repeated = await store.append(anAppend({ stream: 'note-3', expectedVersion: 0, commandId: refused }));
    expect(repeated).toMatchObject({ result: 'refused', repeated: true, events: [] });
    expect(await store.lastPosition()).toBe(1n);
  });

  test('go on where an append was rolled back', async () => {
    const { store } = await openNewStore(database);
    await store.append(anAppend({ expectedVersion: 0 }));
    const fault = new Error('no');
    const alongside = async (): Promise<void> => {
      throw fault;
    };
    await expect(store.append(anAppend({ expectedVersion: 1, alongside }))).rejects.toBe(fault);
    expect(await store.append(anAppend({ expectedVersion: 1 }))).toMatchObject({ version: 2, position: 2n });
  });

  test('believe nothing that an ended connection saw: the server behind the next one may have lost events', async () => {
    const { store, pool, schema } = await openNewStore(database);
    const backends: unknown[] = [];
    const ended: unknown[] = [];
    const backendOf = (client: object): unknown => 'processID' in client && client.processID;
    pool.on('connect', (client) => backends.push(backendOf(client))).on('remove', (client) => ended.push(backendOf(client)));
    for (const expectedVersion of [0, 1, 2]) await store.append(anAppend({ expectedVersion }));
    // As a standby that takes over without the last commit.
    await database.pool.query(
      `ALTER TABLE "${schema}".events DISABLE TRIGGER USER; DELETE FROM "${schema}".events WHERE position = 3;
       ALTER TABLE "${schema}".events ENABLE TRIGGER USER`,
    );
    const all = [...backends];
    await database.pool.query('SELECT pg_terminate_backend(pid) FROM unnest($1::integer[]) AS pid', [all]);
    await eventually(() => all.every((backend) => ended.includes(backend)));

    await expect(store.append(anAppend({ expectedVersion: 3 }))).rejects.toMatchObject({ details: { actualVersion: 2 } });
    expect(await store.append(anAppend({ stream: 'note-2', expectedVersion: 0 }))).toMatchObject({ position: 3n });
    expect(await store.append(anAppend({ expectedVersion: 2 }))).toMatchObject({ position: 4n, version: 3 });
  });

  test('race those of another process, of one at a time and of many, and lose nothing', async () => {
    const { store, schema } = await openNewStore(database);
    const writers = [store, openStore(database.url, schema).store, openStore(database.url, schema).store];
    const acknowledged: string[] = [];
    await Promise.all(
      writers.map(async (writer, number) => {
        for (let round = 0; round < 60; round += 1) {
          const many = number === 2 && round % 3 === 0 ? 4 : 1;
          const appends = Array.from({ length: many }, (_, index) => {
            const expectedVersion = many === 1 && number < 2 ? round : 'any';
            const alongside = round % 10 === 5 ? { alongside: async () => undefined } : {};
            return writer.append(anAppend({ stream: `note-${number}-${index}`, expectedVersion, ...alongside }));
          });
          for (const { events } of await Promise.all(appends)) acknowledged.push(...events.map(({ id }) => id));
        }
      }),
    );
    const all = await store.readAll(0n, 1_000);
    expect(all.map(({ position }) => position)).toEqual(acknowledged.map((_, index) => BigInt(index + 1)));
    expect(new Set(all.map(({ id }) => id))).toEqual(new Set(acknowledged));
    for (const number of [0, 1]) {
      const stream = await store.readStream(`note-${number}-0`);
      expect(stream.map(({ version }) => version)).toEqual(Array.from({ length: 60 }, (_, index) => index + 1));
    }
  });
});
