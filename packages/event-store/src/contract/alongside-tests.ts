import { randomUUID } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { anAppend, anEvent } from './appends.ts';
import type { OpenStore } from './fixture.ts';

/** Writes that share the append's transaction. */
export function alongsideTests<Transaction>(open: OpenStore<Transaction>): void {
  describe('alongside', () => {
    test('is committed with the events', async () => {
      const { store, notes } = await open();
      const appended = await store.append(
        anAppend<Transaction>({ result: 1, alongside: (transaction) => notes.write(transaction, 'kept') }),
      );
      expect(appended).toMatchObject({ version: 1, position: 1n, result: 1, repeated: false });
      expect(appended.events).toEqual(await store.readStream('note-1'));
      expect(await notes.read()).toEqual(['kept']);
    });

    test('that throws stores nothing, and its error reaches the caller', async () => {
      const { store, notes } = await open();
      const commandId = randomUUID();
      const fault = new Error('no room for the note');
      const append = anAppend<Transaction>({
        commandId,
        alongside: async (transaction) => {
          await notes.write(transaction, 'lost');
          throw fault;
        },
      });
      await expect(store.append(append)).rejects.toBe(fault);
      expect(await notes.read()).toEqual([]);
      expect(await store.lastPosition()).toBe(0n);
      expect(await store.findCommand(commandId)).toBeUndefined();
      expect(await store.append(anAppend({ commandId }))).toMatchObject({ version: 1, position: 1n, repeated: false });
    });

    test('does not run for a stale version or a repeated command', async () => {
      const { store, notes } = await open();
      const commandId = randomUUID();
      const alongside = (transaction: Transaction): Promise<void> => notes.write(transaction, 'once');
      const first = await store.append(anAppend({ commandId, alongside }));
      expect(await store.append(anAppend({ commandId, alongside }))).toEqual({ ...first, repeated: true });
      await expect(store.append(anAppend({ expectedVersion: 5, alongside }))).rejects.toMatchObject({
        code: 'COMMON_COMMAND_CONFLICT',
      });
      expect(await notes.read()).toEqual(['once']);
    });

    test('goes with an append without events', async () => {
      const { store, notes } = await open();
      await store.append(anAppend<Transaction>({ events: [], alongside: (transaction) => notes.write(transaction, 'alone') }));
      expect(await notes.read()).toEqual(['alone']);
      expect(await store.lastPosition()).toBe(0n);
    });

    test('mixes with plain appends in order of their calls', async () => {
      const { store, notes } = await open();
      await Promise.all(
        Array.from({ length: 12 }, (_, index) =>
          store.append(
            anAppend<Transaction>({
              events: [anEvent({ index })],
              ...(index % 3 === 1 ? { alongside: (transaction: Transaction) => notes.write(transaction, `note ${index}`) } : {}),
            }),
          ),
        ),
      );
      const all = await store.readAll(0n, 100);
      expect(all.map(({ data }) => data['index'])).toEqual(Array.from({ length: 12 }, (_, index) => index));
      expect([...(await notes.read())].sort()).toEqual(['note 1', 'note 10', 'note 4', 'note 7']);
    });
  });
}
