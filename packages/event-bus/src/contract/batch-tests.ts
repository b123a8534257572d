import { describe, expect, onTestFinished, test } from 'vitest';
import type { BusMessage, EventBus } from '../event-bus.ts';
import { holds, type OpenBus, receive } from './fixture.ts';
import { messagesFor, positionsTo } from './messages.ts';

const producer = { service: 'notes', fence: 1n };

/** Subscribes a handler of batches for the rest of the test. */
async function receiveBatches(
  bus: EventBus,
  group: string,
  handle: (batch: readonly BusMessage[]) => Promise<void> = async () => undefined,
) {
  const batches: (readonly bigint[])[] = [];
  const subscription = await bus.subscribe({
    topics: [bus.topicOf('notes')],
    group,
    handler: {
      handleBatch: async (batch) => {
        await handle(batch);
        batches.push(batch.map(({ position }) => position));
      },
    },
  });
  onTestFinished(async () => subscription[Symbol.asyncDispose]());
  return { batches, positions: () => batches.flat(), subscription };
}

/** Delivery of many messages at once. */
export function batchTests(open: OpenBus): void {
  describe('delivery in batches', () => {
    test('comes in order of position, many at once, never two batches at a time', async () => {
      const { bus } = await open();
      const keys = Array.from({ length: 1_200 }, (_, index) => `key-${index % 3}`);
      await bus.publish(producer, messagesFor(bus, keys));
      let running = 0;
      let most = 0;
      const { batches, positions } = await receiveBatches(bus, 'readers.batches', async () => {
        running += 1;
        most = Math.max(most, running);
        await new Promise((resolve) => setImmediate(resolve));
        running -= 1;
      });
      await holds(() => expect(positions()).toEqual(positionsTo(1_200)));
      await bus.publish(producer, messagesFor(bus, ['a', 'b'], 1_201n));
      await holds(() => expect(positions()).toEqual(positionsTo(1_202)));
      expect(Math.max(...batches.map(({ length }) => length))).toBeGreaterThan(100);
      expect(Math.max(...batches.map(({ length }) => length))).toBeLessThanOrEqual(500);
      expect(most).toBe(1);
    });

    test('repeats a batch that failed, and nothing overtakes it', async () => {
      const { bus } = await open();
      let failures = 0;
      const { positions } = await receiveBatches(bus, 'readers.failing', async (batch) => {
        if (!batch.some(({ position }) => position === 2n) || failures === 2) return;
        failures += 1;
        throw new Error('planted');
      });
      await bus.publish(producer, messagesFor(bus, ['a', 'b', 'a']));
      await bus.publish(producer, messagesFor(bus, ['c'], 4n));
      await holds(() => expect(positions()).toEqual(positionsTo(4)));
      expect(failures).toBe(2);
    });

    test('goes on behind the last batch that was done', async () => {
      const { bus, another } = await open();
      const before = await receiveBatches(bus, 'readers.batches');
      await bus.publish(producer, messagesFor(bus, ['a', 'b']));
      await holds(() => expect(before.positions()).toEqual(positionsTo(2)));
      await before.subscription[Symbol.asyncDispose]();
      await bus.publish(producer, messagesFor(bus, ['a', 'b'], 3n));
      const after = await receiveBatches(another?.() ?? bus, 'readers.batches');
      await holds(() => expect(after.positions()).toEqual([3n, 4n]));
    });

    test('takes over from a handler of single messages, with those that it left behind', async () => {
      const { bus, another } = await open();
      const before = await receive(bus, { group: 'readers.changed', concurrency: 2 }, async ({ key }) => {
        if (key === 'bad') throw new Error('planted');
      });
      await bus.publish(producer, messagesFor(bus, ['a', 'bad', 'a', 'bad', 'b']));
      await holds(() => expect(before.positions()).toEqual([1n, 3n, 5n]));
      await before.subscription[Symbol.asyncDispose]();
      await bus.publish(producer, messagesFor(bus, ['bad'], 6n));
      const after = await receiveBatches(another?.() ?? bus, 'readers.changed');
      await holds(() => expect(after.positions()).toEqual([2n, 4n, 6n]));
    });
  });
}
