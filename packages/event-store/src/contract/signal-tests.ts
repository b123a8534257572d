import { describe, expect, test, vi } from 'vitest';
import { anAppend } from './appends.ts';
import type { OpenStore } from './fixture.ts';

/** `onAppended`. */
export function signalTests<Transaction>(open: OpenStore<Transaction>): void {
  describe('onAppended', () => {
    test('calls after an append of the same store', async () => {
      const { store } = await open();
      let positionSeen = 0n;
      using _listening = store.onAppended(() => {
        void store.lastPosition().then((position) => {
          positionSeen = position;
        });
      });
      await store.append(anAppend());
      await vi.waitFor(() => expect(positionSeen).toBe(1n), { timeout: 60_000 });
    });

    test('calls after an append of another store on the same data', async () => {
      const { store, another } = await open();
      const other = another?.() ?? store;
      let positionSeen = 0n;
      using _listening = store.onAppended(() => {
        void store.lastPosition().then((position) => {
          positionSeen = position;
        });
      });
      for (let position = 1n; position <= 3n; position += 1n) {
        await other.append(anAppend());
        await vi.waitFor(() => expect(positionSeen).toBe(position), { timeout: 60_000 });
      }
    });

    test('calls every listener, and none that was disposed', async () => {
      const { store } = await open();
      const calls = { first: 0, second: 0 };
      const first = store.onAppended(() => {
        calls.first += 1;
      });
      using _second = store.onAppended(() => {
        calls.second += 1;
      });
      await store.append(anAppend());
      await vi.waitFor(() => expect(Math.min(calls.first, calls.second)).toBeGreaterThan(0), { timeout: 60_000 });
      first[Symbol.dispose]();
      const before = { ...calls };
      await store.append(anAppend());
      await vi.waitFor(() => expect(calls.second).toBeGreaterThan(before.second), { timeout: 60_000 });
      expect(calls.first).toBe(before.first);
    });
  });
}
