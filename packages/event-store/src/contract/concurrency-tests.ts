import { describe, expect, test } from 'vitest';
import type { RecordedEvent } from '../event.ts';
import type { EventSource } from '../event-store.ts';
import { anAppend, anEvent } from './appends.ts';
import type { OpenStore } from './fixture.ts';

/** Positions and versions while many append. */
export function concurrencyTests<Transaction>(open: OpenStore<Transaction>): void {
  describe('concurrent appends', () => {
    test('get contiguous positions, each event once, from two stores at once', async () => {
      const { store, another } = await open();
      const stores = [store, another?.() ?? store];
      const results = await Promise.all(
        Array.from({ length: 50 }, (_, index) => {
          const at = stores[index % 2] ?? store;
          return at.append(
            anAppend({ stream: `note-${index % 7}`, events: index % 3 === 0 ? [anEvent(), anEvent()] : [anEvent()] }),
          );
        }),
      );
      const all = await store.readAll(0n, 1000);
      expect(all.map(({ position }) => position)).toEqual(positionsTo(67));
      expect(new Set(results.flatMap(({ events }) => events.map(({ id }) => id)))).toEqual(new Set(all.map(({ id }) => id)));
      for (const { events } of results) expect(all).toEqual(expect.arrayContaining([...events]));
    });

    test('at one expected version succeed exactly once', async () => {
      const { store, another } = await open();
      const stores = [store, another?.() ?? store];
      const settled = await Promise.allSettled(
        Array.from({ length: 20 }, (_, index) => (stores[index % 2] ?? store).append(anAppend({ expectedVersion: 0 }))),
      );
      expect(settled.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
      for (const outcome of settled) {
        if (outcome.status === 'rejected') expect(outcome.reason).toMatchObject({ code: 'COMMON_COMMAND_CONFLICT' });
      }
      expect(await store.lastPosition()).toBe(1n);
    });

    test('of one stream keep its order of versions and positions', async () => {
      const { store } = await open();
      await Promise.all(
        Array.from({ length: 30 }, (_, index) => store.append(anAppend({ events: [anEvent({ index }), anEvent({ index })] }))),
      );
      const stream = await store.readStream('note-1');
      expect(stream.map(({ version }) => version)).toEqual(Array.from({ length: 60 }, (_, index) => index + 1));
      expect(stream.map(({ position }) => position)).toEqual(positionsTo(60));
      for (const event of stream)
        expect(event.data['index']).toBe(stream[event.version - 1 - ((event.version - 1) % 2)]?.data['index']);
    });

    test('are never skipped by a reader that polls meanwhile', async () => {
      const { store, another } = await open();
      const second = another?.() ?? store;
      const total = 200;
      const reading = readUntil(store, BigInt(total));
      const appending = Array.from({ length: total }, async (_, index) => {
        const alongside =
          index % 20 === 0 ? { alongside: async () => new Promise<void>((resolve) => setTimeout(resolve, 2)) } : {};
        await (index % 2 === 0 ? store : second).append(anAppend({ stream: `note-${index % 11}`, ...alongside }));
      });
      await Promise.all(appending);
      expect((await reading).map(({ position }) => position)).toEqual(positionsTo(total));
    });
  });
}

/** Reads pages after the last position seen, as a projection does, until `end` was seen. */
async function readUntil(source: EventSource, end: bigint): Promise<readonly RecordedEvent[]> {
  const seen: RecordedEvent[] = [];
  for (let after = 0n; after < end; after = seen.at(-1)?.position ?? 0n) {
    seen.push(...(await source.readAll(after, 17)));
    await new Promise((resolve) => setImmediate(resolve));
  }
  return seen;
}

function positionsTo(end: number): bigint[] {
  return Array.from({ length: end }, (_, index) => BigInt(index + 1));
}
