import { randomUUID } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { anAppend, anEvent } from './appends.ts';
import type { OpenStore } from './fixture.ts';

/** What a repeated command id leads to. */
export function commandTests<Transaction>(open: OpenStore<Transaction>): void {
  describe('repeated command', () => {
    test('is answered with the first result and stores nothing, whatever it holds', async () => {
      const { store } = await open();
      const commandId = randomUUID();
      const first = await store.append(
        anAppend({ commandId, expectedVersion: 0, events: [anEvent({ text: 'first' })], result: 'first' }),
      );
      await store.append(anAppend());
      const again = await store.append(
        anAppend({ commandId, stream: 'note-2', expectedVersion: 9, events: [anEvent(), anEvent()], result: 'second' }),
      );
      expect(again).toEqual({ ...first, repeated: true });
      expect(await store.lastPosition()).toBe(2n);
      expect(await store.readStream('note-2')).toEqual([]);
    });

    test('without events is answered with its recorded result', async () => {
      const { store } = await open();
      await store.append(anAppend({ events: [anEvent(), anEvent()] }));
      const commandId = randomUUID();
      const refusal = { refused: 'CATALOG_PACKAGE_EXISTS', tries: [1, null, 'two'] };
      const first = await store.append(anAppend({ commandId, expectedVersion: 2, events: [], result: refusal }));
      expect(first).toEqual({ version: 2, position: 2n, events: [], result: refusal, repeated: false });
      await store.append(anAppend());
      expect(await store.append(anAppend({ commandId, result: null }))).toEqual({ ...first, repeated: true });
      expect(await store.lastPosition()).toBe(3n);
    });

    test('stores once when it comes many times at once', async () => {
      const { store, another } = await open();
      const stores = [store, another?.() ?? store];
      const commandId = randomUUID();
      const results = await Promise.all(
        Array.from({ length: 10 }, (_, index) => {
          const at = stores[index % 2] ?? store;
          return at.append(anAppend({ commandId, expectedVersion: 0, events: [anEvent(), anEvent()], result: index }));
        }),
      );
      expect(results.filter(({ repeated }) => !repeated)).toHaveLength(1);
      expect(new Set(results.map(({ result }) => result)).size).toBe(1);
      for (const result of results) expect(result.events).toEqual(results[0]?.events);
      expect(await store.lastPosition()).toBe(2n);
    });

    test('without events records one result when it comes twice at once', async () => {
      const { store } = await open();
      const commandId = randomUUID();
      const [first, second] = await Promise.all(
        ['first', 'second'].map((result) => store.append(anAppend({ commandId, events: [], result }))),
      );
      expect(second?.result).toBe(first?.result);
      expect([first?.repeated, second?.repeated].filter(Boolean)).toHaveLength(1);
    });

    test('is found by its id', async () => {
      const { store, another } = await open();
      const commandId = randomUUID();
      expect(await store.findCommand(commandId)).toBeUndefined();
      await store.append(anAppend());
      const first = await store.append(anAppend({ commandId, events: [anEvent(), anEvent()], result: [1, 2] }));
      await store.append(anAppend());
      expect(await (another?.() ?? store).findCommand(commandId)).toEqual({ ...first, repeated: true });
    });
  });
}
