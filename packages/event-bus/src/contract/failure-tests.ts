import { describe, expect, test } from 'vitest';
import { holds, type OpenBus, receive } from './fixture.ts';
import { messagesFor } from './messages.ts';

const producer = { service: 'notes', fence: 1n };

/** Handlers that fail. */
export function failureTests(open: OpenBus): void {
  describe('a handler that fails', () => {
    test('gets the message again after growing delays', async () => {
      const { bus } = await open();
      const triedAtMs: number[] = [];
      const { positions } = await receive(bus, { group: 'readers.failing' }, async () => {
        triedAtMs.push(performance.now());
        if (triedAtMs.length < 4) throw new Error('not yet');
      });
      await bus.publish(producer, messagesFor(bus, ['a']));
      await holds(() => expect(positions()).toEqual([1n]));
      const delaysMs = triedAtMs.slice(1).map((atMs, index) => atMs - (triedAtMs[index] ?? 0));
      expect(delaysMs).toHaveLength(3);
      // Timers may be a millisecond early.
      for (const [index, leastMs] of [98, 198, 398].entries()) expect(delaysMs[index]).toBeGreaterThan(leastMs);
    });

    test('holds back the later messages of the key, and no others', async () => {
      const { bus } = await open();
      let broken = true;
      const tried: bigint[] = [];
      const { positions, messages } = await receive(bus, { group: 'readers.failing' }, async ({ key, position }) => {
        tried.push(position);
        if (broken && key === 'bad') throw new Error('a bad key');
      });
      await bus.publish(producer, messagesFor(bus, ['a', 'bad', 'b', 'bad', 'a', 'bad', 'c']));
      await holds(() => expect(positions()).toEqual([1n, 3n, 5n, 7n]));
      await bus.publish(producer, messagesFor(bus, ['bad', 'a'], 8n));
      await holds(() => expect(positions().at(-1)).toBe(9n));
      expect(tried).not.toContain(4n);
      broken = false;
      await holds(() => expect(positions()).toHaveLength(9));
      expect(messages.filter(({ key }) => key === 'bad').map(({ position }) => position)).toEqual([2n, 4n, 6n, 8n]);
    });

    test('of a message that is bad does not stop a thousand others', async () => {
      const { bus } = await open();
      const { positions } = await receive(bus, { group: 'readers.failing', concurrency: 8 }, async ({ key }) => {
        if (key === 'bad') throw new Error('a bad key');
      });
      await bus.publish(producer, messagesFor(bus, ['bad', ...Array.from({ length: 1_000 }, (_, index) => `key-${index}`)]));
      await holds(() => expect(positions()).toHaveLength(1_000));
    });

    test('and is disposed gets later what was not done, and only that', async () => {
      const { bus, another } = await open();
      const before = await receive(bus, { group: 'readers.failing' }, async ({ key }) => {
        if (key === 'bad') throw new Error('a bad key');
      });
      await bus.publish(producer, messagesFor(bus, ['a', 'bad', 'b', 'bad', 'c']));
      await holds(() => expect(before.positions()).toEqual([1n, 3n, 5n]));
      await before.subscription[Symbol.asyncDispose]();
      const after = await receive(another?.() ?? bus, { group: 'readers.failing' });
      await bus.publish(producer, messagesFor(bus, ['bad'], 6n));
      await holds(() => expect(after.positions()).toEqual([2n, 4n, 6n]));
    });
  });
}
