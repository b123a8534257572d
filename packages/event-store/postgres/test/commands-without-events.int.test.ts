import { randomUUID } from 'node:crypto';
import { eventIdOf } from '@odst/event-store';
import { anAppend } from '@odst/event-store/contract/appends';
import { createTestDatabase, type TestDatabase } from '@odst/testing';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openNewStore, openStore } from './open-store.ts';
import { createSchema } from './schema-of-events.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(() => database[Symbol.asyncDispose]());

describe('commands without events', () => {
  test('are in nobody’s way: neither in positions nor in versions, also as the first ones of a store', async () => {
    const { store } = await openNewStore(database);
    const none = () => store.append(anAppend({ expectedVersion: 0, events: [] }));
    for (let count = 0; count < 3; count += 1) expect(await none()).toMatchObject({ version: 0, position: 0n });
    expect(await store.lastPosition()).toBe(0n);
    const { events } = await store.append(anAppend({ expectedVersion: 0 }));
    expect(events).toMatchObject([{ position: 1n, version: 1 }]);
    await store.append(anAppend({ stream: 'note-2', events: [] }));
    expect(await store.readAll(0n, 10)).toEqual(events);
    expect(await store.readStream('note-1')).toEqual(events);
    expect(await store.readStream('note-2')).toEqual([]);
    expect(await store.lastPosition()).toBe(1n);
  });

  test('are known with what they saw when an older schema is migrated', async () => {
    const before = (name: string): boolean => name < '0003';
    const schema = await createSchema(database.pool, 'with_older_tables', before);
    const metadata = JSON.stringify(anAppend().metadata);
    const commandIds = [randomUUID(), randomUUID(), randomUUID()];
    for (const [index, commandId] of commandIds.entries()) {
      await database.pool.query(
        `INSERT INTO "${schema}".eventless_commands (id, stream, version, position, metadata, result, recorded_at)
         VALUES ($1, $2, $3, 17, $4, $5, now())`,
        [eventIdOf(commandId, 0), `note-${index % 2}`, index, metadata, JSON.stringify(`refused ${index}`)],
      );
    }
    await createSchema(database.pool, schema, (name) => !before(name));
    const { store } = openStore(database.url, schema);
    for (const [version, commandId] of commandIds.entries()) {
      const found = { version, position: 17n, events: [], result: `refused ${version}`, repeated: true };
      expect(await store.findCommand(commandId)).toEqual(found);
    }
    const again = await store.append(anAppend({ stream: 'note-0', expectedVersion: 0, commandId: commandIds[0] }));
    expect(again).toMatchObject({ result: 'refused 0', repeated: true });
    expect(await store.append(anAppend({ stream: 'note-0', events: [] }))).toMatchObject({ version: 0, position: 0n });
  });
});
