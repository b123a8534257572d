import { describe, expect, onTestFinished, test } from 'vitest';
import type { ProgressStore } from '../delivery/progress-store.ts';

/** An empty store of one test. */
export type ProgressStoreFixture = {
  readonly store: ProgressStore;
  readonly dispose: () => Promise<void>;
};

const at = { group: 'readers.all', topic: 'odst.notes.v1' };

/** Declares the tests that every adapter of the store of progress passes. */
export function progressStoreContract(name: string, createStore: () => Promise<ProgressStoreFixture>): void {
  const open = async (): Promise<ProgressStore> => {
    const { store, dispose } = await createStore();
    onTestFinished(dispose);
    return store;
  };

  describe(`store of progress: ${name}`, () => {
    test('knows nothing of a group without history', async () => {
      const store = await open();
      await store.save(at, { position: 3n, waiting: [] });
      expect(await store.load({ ...at, group: 'readers.others' })).toBeUndefined();
      expect(await store.load({ ...at, topic: 'odst.others.v1' })).toBeUndefined();
    });

    test('gives what was saved last, of the first position too', async () => {
      const store = await open();
      const saved = [
        { position: 0n, waiting: [] },
        { position: 9n, waiting: [3n, 7n] },
        { position: 9n, waiting: [7n] },
        { position: 2n ** 62n, waiting: [] },
      ];
      for (const progress of saved) {
        await store.save(at, progress);
        expect(await store.load(at)).toEqual(progress);
      }
    });

    test('never moves a group back', async () => {
      const store = await open();
      await store.save(at, { position: 9n, waiting: [4n] });
      await store.save(at, { position: 8n, waiting: [] });
      expect(await store.load(at)).toEqual({ position: 9n, waiting: [4n] });
    });
  });
}
