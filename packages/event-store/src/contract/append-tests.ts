import { randomUUID } from 'node:crypto';
import { uuidV5 } from '@odst/kernel';
import { describe, expect, test } from 'vitest';
import { anAppend, anEvent } from './appends.ts';
import type { OpenStore } from './fixture.ts';

/** Appends, versions and event ids. */
export function appendTests<Transaction>(open: OpenStore<Transaction>): void {
  describe('append', () => {
    test('numbers events from 1 in their stream and in the store', async () => {
      const { store } = await open();
      const first = await store.append(anAppend({ stream: 'note-1', expectedVersion: 0, events: [anEvent(), anEvent()] }));
      const second = await store.append(anAppend({ stream: 'note-2', expectedVersion: 0 }));
      const third = await store.append(anAppend({ stream: 'note-1', expectedVersion: 2 }));
      expect([first.version, second.version, third.version]).toEqual([2, 1, 3]);
      expect([first.position, second.position, third.position]).toEqual([2n, 3n, 4n]);
      const all = await store.readAll(0n, 10);
      expect(all.map(({ stream, version, position }) => [stream, version, position])).toEqual([
        ['note-1', 1, 1n],
        ['note-1', 2, 2n],
        ['note-2', 1, 3n],
        ['note-1', 3, 4n],
      ]);
    });

    test('answers with the events as they are read later', async () => {
      const { store } = await open();
      const append = anAppend<Transaction>({
        events: [anEvent({ text: 'one' }), anEvent({ text: 'two' }, 'NoteChanged')],
        result: { id: 7 },
      });
      const appended = await store.append(append);
      expect(appended).toMatchObject({ version: 2, result: { id: 7 }, repeated: false });
      expect(appended.events).toEqual(await store.readStream('note-1'));
      expect(appended.events).toMatchObject([
        { type: 'NoteWritten', schemaVersion: 1, data: { text: 'one' }, metadata: append.metadata },
        { type: 'NoteChanged', schemaVersion: 1, data: { text: 'two' }, metadata: append.metadata },
      ]);
    });

    test('says when an event was recorded, the same in every answer', async () => {
      const { store } = await open();
      const appended = await store.append(anAppend());
      const [read] = await store.readStream('note-1');
      expect(read?.recordedAt).toBeInstanceOf(Date);
      expect(read?.recordedAt).toEqual(appended.events[0]?.recordedAt);
    });

    test.each([
      ['stale', 1],
      ['ahead of the stream', 3],
      ['of a stream without events', 0],
    ])('refuses an append at a version that is %s and stores nothing of it', async (_name, expectedVersion) => {
      const { store } = await open();
      await store.append(anAppend({ events: [anEvent(), anEvent()] }));
      const commandId = randomUUID();
      await expect(store.append(anAppend({ commandId, expectedVersion, events: [anEvent(), anEvent()] }))).rejects.toMatchObject({
        code: 'COMMON_COMMAND_CONFLICT',
        details: { stream: 'note-1', expectedVersion, actualVersion: 2 },
      });
      expect(await store.lastPosition()).toBe(2n);
      expect(await store.readStream('note-1')).toHaveLength(2);
      expect(await store.findCommand(commandId)).toBeUndefined();
    });

    test('runs a command anew that was refused for its version', async () => {
      const { store } = await open();
      const commandId = randomUUID();
      await expect(store.append(anAppend({ commandId, expectedVersion: 4 }))).rejects.toMatchObject({
        code: 'COMMON_COMMAND_CONFLICT',
      });
      expect(await store.append(anAppend({ commandId, expectedVersion: 0 }))).toMatchObject({ version: 1, repeated: false });
    });

    test('derives event ids from command id and index (UUIDv5)', async () => {
      const { store } = await open();
      const commandId = '6f1f2f0c-5b0e-4d3c-9a77-3a3a3a3a3a3a';
      const { events } = await store.append(anAppend({ commandId, events: [anEvent(), anEvent()] }));
      expect(events.map(({ id }) => id)).toEqual([uuidV5(commandId, '0'), uuidV5(commandId, '1')]);
    });

    test('makes distinct event ids for command ids that are no UUIDs', async () => {
      const { store } = await open();
      const first = await store.append(anAppend({ commandId: 'upload/1' }));
      const second = await store.append(anAppend({ commandId: 'upload/2' }));
      expect(first.events[0]?.id).not.toBe(second.events[0]?.id);
      expect(first.events[0]?.id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-5[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    });

    test('takes a thousand events as one append', async () => {
      const { store } = await open();
      const events = Array.from({ length: 1000 }, (_, index) => anEvent({ index }));
      const appended = await store.append(anAppend({ events, expectedVersion: 0 }));
      expect(appended).toMatchObject({ version: 1000, position: 1000n });
      const read = await store.readStream('note-1');
      expect(read.map(({ data }) => data['index'])).toEqual(events.map(({ data }) => data['index']));
    });
  });
}
