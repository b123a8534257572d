import { describe, expect, onTestFinished, test } from 'vitest';
import type { BusMessage, EventBus } from '../event-bus.ts';
import { holds, type OpenBus, receive } from './fixture.ts';
import { aCloudEvent, messagesFor } from './messages.ts';

const producer = { service: 'notes', fence: 1n };

/** When the event of a position was recorded, in these tests. */
const recordedAt = (position: number): Date => new Date(Date.UTC(2026, 0, 1, 0, position));

const publish = (bus: EventBus, keys: readonly string[], first = 1n): Promise<void> =>
  bus.publish(
    producer,
    messagesFor(bus, keys, first).map(
      (message): BusMessage => ({
        ...message,
        event: { ...message.event, time: recordedAt(Number(message.position)).toISOString() },
      }),
    ),
  );

/** `oldestUndone`. */
export function undoneTests(open: OpenBus): void {
  describe('the oldest message that a group is not done with', () => {
    const oldest = async (bus: EventBus, group: string) =>
      (await bus.oldestUndone({ group, topics: [bus.topicOf('notes')] })).get(bus.topicOf('notes'));

    test('is none of a topic without messages, and none when all are done', async () => {
      const { bus, another } = await open();
      const { positions } = await receive(bus, { group: 'readers.all', concurrency: 8 });
      expect(await oldest(bus, 'readers.all')).toBeUndefined();
      await publish(bus, [...'abcabcabcabc']);
      await holds(() => expect(positions()).toHaveLength(12));
      await holds(async () => expect(await oldest(bus, 'readers.all')).toBeUndefined());
      expect(await oldest(another?.() ?? bus, 'readers.all')).toBeUndefined();
    });

    test('is told of an event with any text', async () => {
      const { bus } = await open();
      const { messages } = await receive(bus, { group: 'readers.failing' }, async () => {
        throw new Error('a bad key');
      });
      const event = aCloudEvent(1n, 'a', { text: 'zero \u0000 half \ud800' });
      await bus.publish({ service: 'notes', fence: 1n }, [{ topic: bus.topicOf('notes'), key: 'a', position: 1n, event }]);
      await holds(async () => expect(await oldest(bus, 'readers.failing')).toEqual(new Date(event.time)));
      expect(messages).toEqual([]);
    });

    test('is that of the key that fails, though later ones are done, and everybody can tell it', async () => {
      const { bus, another } = await open();
      const other = another?.() ?? bus;
      let broken = true;
      const { positions } = await receive(bus, { group: 'readers.failing', concurrency: 8 }, async ({ key }) => {
        if (broken && key === 'bad') throw new Error('a bad key');
      });
      await publish(bus, ['a', 'bad', 'b', 'bad', 'c']);
      await holds(() => expect(positions()).toHaveLength(3));
      await holds(async () => expect(await oldest(other, 'readers.failing')).toEqual(recordedAt(2)));
      broken = false;
      await holds(async () => expect(await oldest(other, 'readers.failing')).toBeUndefined());
    });

    test('is the first of the batch that fails', async () => {
      const { bus } = await open();
      const done: bigint[] = [];
      const handleBatch = async (batch: readonly BusMessage[]): Promise<void> => {
        if (batch.some(({ position }) => position > 2n)) throw new Error('planted');
        done.push(...batch.map(({ position }) => position));
      };
      const subscription = { topics: [bus.topicOf('notes')], group: 'readers.batches', handler: { handleBatch } };
      const subscribed = await bus.subscribe(subscription);
      onTestFinished(() => subscribed[Symbol.asyncDispose]());
      await publish(bus, ['a', 'b']);
      await holds(() => expect(done).toEqual([1n, 2n]));
      await publish(bus, ['a', 'c'], 3n);
      await holds(async () => expect(await oldest(bus, 'readers.batches')).toEqual(recordedAt(3)));
    });

    test('is the first that came after a group that nobody serves any more', async () => {
      const { bus } = await open();
      const { positions, subscription } = await receive(bus, { group: 'readers.gone' });
      await publish(bus, ['a', 'b', 'c']);
      await holds(() => expect(positions()).toHaveLength(3));
      await subscription[Symbol.asyncDispose]();
      await publish(bus, ['d', 'e'], 4n);
      await holds(async () => expect(await oldest(bus, 'readers.gone')).toEqual(recordedAt(4)));
    });
  });
}
