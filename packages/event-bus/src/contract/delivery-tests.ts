import { describe, expect, test } from 'vitest';
import { holds, type OpenBus, receive } from './fixture.ts';
import { messagesFor, positionsTo } from './messages.ts';

const producer = { service: 'notes', fence: 1n };

/** What a group gets, and where it goes on. */
export function deliveryTests(open: OpenBus): void {
  describe('delivery', () => {
    test('comes in order of position while one at a time is handled', async () => {
      const { bus } = await open();
      const { positions } = await receive(bus, { group: 'readers.all' });
      for (let first = 1n; first <= 30n; first += 10n) {
        await bus.publish(producer, messagesFor(bus, [...'abcabcabca'], first));
      }
      await holds(() => expect(positions()).toEqual(positionsTo(30)));
    });

    test('of several at once keeps the order of each key', async () => {
      const { bus } = await open();
      let running = 0;
      let most = 0;
      const { messages } = await receive(bus, { group: 'readers.many', concurrency: 4 }, async () => {
        running += 1;
        most = Math.max(most, running);
        await new Promise((resolve) => setImmediate(resolve));
        running -= 1;
      });
      await bus.publish(
        producer,
        messagesFor(
          bus,
          Array.from({ length: 200 }, (_, index) => `key-${index % 7}`),
        ),
      );
      await holds(() => expect(messages).toHaveLength(200));
      for (const ofKey of Map.groupBy(messages, ({ key }) => key).values()) {
        const positions = ofKey.map(({ position }) => position);
        expect(positions).toEqual(positions.toSorted((a, b) => Number(a - b)));
      }
      expect(most).toBeGreaterThan(1);
      expect(most).toBeLessThanOrEqual(4);
    });

    test('gives every message to each group', async () => {
      const { bus, another } = await open();
      const first = await receive(bus, { group: 'readers.first' });
      const second = await receive(another?.() ?? bus, { group: 'readers.second' });
      await bus.publish(producer, messagesFor(bus, ['a', 'b']));
      await holds(() => expect([first.positions(), second.positions()]).toEqual([positionsTo(2), positionsTo(2)]));
    });

    test('gives a group all of its topics and no others', async () => {
      const { bus } = await open();
      const topics = [bus.topicOf('notes'), bus.topicOf('others')];
      const { messages } = await receive(bus, { group: 'readers.both', topics });
      for (const service of ['notes', 'others', 'strangers']) {
        await bus.publish({ service, fence: 1n }, messagesFor(bus, ['a', 'b'], 1n, service));
      }
      await holds(() => expect(messages).toHaveLength(4));
      expect(new Set(messages.map(({ topic }) => topic))).toEqual(new Set(topics));
    });

    test('begins at the start for a new group that asks for the earliest', async () => {
      const { bus } = await open();
      await bus.publish(producer, messagesFor(bus, ['a', 'b']));
      const { positions } = await receive(bus, { group: 'readers.earliest', from: 'earliest' });
      await holds(() => expect(positions()).toEqual(positionsTo(2)));
    });

    test('begins behind the last message for a new group that asks for the latest', async () => {
      const { bus } = await open();
      await bus.publish(producer, messagesFor(bus, ['a', 'b']));
      const { positions } = await receive(bus, { group: 'readers.latest', from: 'latest' });
      await bus.publish(producer, messagesFor(bus, ['a', 'c'], 3n));
      await holds(() => expect(positions()).toEqual([3n, 4n]));
    });

    test('goes on behind the last message that was done, wherever a known group asks to begin', async () => {
      const { bus, another } = await open();
      const reached = Promise.withResolvers<void>();
      const release = Promise.withResolvers<void>();
      const before = await receive(bus, { group: 'readers.resumed' }, async ({ position }) => {
        if (position !== 3n) return;
        reached.resolve();
        await release.promise;
      });
      await bus.publish(producer, messagesFor(bus, [...'abcde']));
      await reached.promise;
      const disposed = before.subscription[Symbol.asyncDispose]();
      release.resolve();
      await disposed;
      expect(before.positions()).toEqual(positionsTo(3));
      const after = await receive(another?.() ?? bus, { group: 'readers.resumed', from: 'latest' });
      await holds(() => expect(after.positions()).toEqual([4n, 5n]));
    });

    test('is disposed when the message under way is done, and not before', async () => {
      const { bus } = await open();
      const reached = Promise.withResolvers<void>();
      const release = Promise.withResolvers<void>();
      const { subscription } = await receive(bus, { group: 'readers.slow' }, () => {
        reached.resolve();
        return release.promise;
      });
      await bus.publish(producer, messagesFor(bus, ['a']));
      await reached.promise;
      let disposed = false;
      const disposing = Promise.resolve(subscription[Symbol.asyncDispose]()).then(() => {
        disposed = true;
      });
      const other = await receive(bus, { group: 'readers.other' });
      await bus.publish(producer, messagesFor(bus, ['b'], 2n));
      await holds(() => expect(other.positions()).toEqual(positionsTo(2)));
      expect(disposed).toBe(false);
      release.resolve();
      await disposing;
    });

    test('gives nothing more once disposed', async () => {
      const { bus } = await open();
      const ended = await receive(bus, { group: 'readers.ended' });
      await ended.subscription[Symbol.asyncDispose]();
      const other = await receive(bus, { group: 'readers.other' });
      await bus.publish(producer, messagesFor(bus, ['a']));
      await holds(() => expect(other.positions()).toEqual([1n]));
      expect(ended.positions()).toEqual([]);
    });

    test('takes batches of 5,000', async () => {
      const { bus } = await open();
      const { positions } = await receive(bus, { group: 'readers.big' });
      const keys = Array.from({ length: 5_000 }, (_, index) => `key-${index % 50}`);
      await bus.publish(producer, messagesFor(bus, keys));
      await bus.publish(producer, messagesFor(bus, keys, 5_001n));
      await holds(() => expect(positions()).toHaveLength(10_000), 180_000);
      expect(positions()).toEqual(positionsTo(10_000));
    });
  });
}
