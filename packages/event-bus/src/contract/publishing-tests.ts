import { describe, expect, test } from 'vitest';
import type { EventBus } from '../event-bus.ts';
import { holds, type OpenBus, receive } from './fixture.ts';
import { aCloudEvent, messagesFor, positionsTo } from './messages.ts';

const publish = (bus: EventBus, fence: bigint, keys: readonly string[], first = 1n, service = 'notes'): Promise<void> =>
  bus.publish({ service, fence }, messagesFor(bus, keys, first, service));

/** `publish` and `lastPublished`. */
export function publishingTests(open: OpenBus): void {
  describe('publishing', () => {
    test('names a topic after the service', async () => {
      const { bus } = await open();
      expect(bus.topicOf('catalog')).toMatch(/^[a-z0-9]+\.catalog\.v1$/);
    });

    test('is remembered per service', async () => {
      const { bus, another } = await open();
      expect(await bus.lastPublished('notes')).toEqual({ position: 0n, eventId: undefined });
      await publish(bus, 1n, ['a', 'b', 'c']);
      await publish(bus, 1n, ['a'], 1n, 'others');
      expect((await (another?.() ?? bus).lastPublished('notes')).position).toBe(3n);
      expect((await bus.lastPublished('others')).position).toBe(1n);
    });

    test('is remembered with the id of the last event', async () => {
      const { bus, another } = await open();
      const third = { position: 3n, eventId: aCloudEvent(3n).id };
      await publish(bus, 1n, ['a', 'b', 'c']);
      expect(await (another?.() ?? bus).lastPublished('notes')).toEqual(third);
      await publish(bus, 1n, ['a', 'b', 'c']);
      expect(await bus.lastPublished('notes')).toEqual(third);
      await publish(bus, 1n, ['a'], 4n);
      expect(await bus.lastPublished('notes')).toEqual({ position: 4n, eventId: aCloudEvent(4n).id });
    });

    test('into a topic that is not the own one is explained by the bus', async () => {
      const { bus } = await open();
      expect(bus.foreignTopic('notes')).toMatchObject({
        code: 'COMMON_SETTING_INVALID',
        message: expect.stringMatching(/events .*notes|notes.* events/),
      });
    });

    test('of a known position is harmless', async () => {
      const { bus } = await open();
      const { positions } = await receive(bus, { group: 'readers.all' });
      await publish(bus, 1n, ['a', 'b', 'c']);
      await publish(bus, 1n, ['a', 'b', 'c']);
      await publish(bus, 1n, ['b', 'c', 'd', 'e'], 2n);
      await publish(bus, 1n, [], 1n);
      await holds(() => expect(positions().at(-1)).toBe(5n));
      expect(positions()).toEqual(positionsTo(5));
      expect((await bus.lastPublished('notes')).position).toBe(5n);
    });

    test('with a lower fence than was seen is refused and publishes nothing', async () => {
      const { bus, another } = await open();
      await publish(bus, 1n, ['a']);
      await publish(another?.() ?? bus, 2n, ['b'], 2n);
      await expect(publish(bus, 1n, ['late'], 3n)).rejects.toMatchObject({ code: 'COMMON_COMMAND_CONFLICT' });
      await expect(publish(bus, 1n, ['a'], 1n)).rejects.toMatchObject({ code: 'COMMON_COMMAND_CONFLICT' });
      expect((await bus.lastPublished('notes')).position).toBe(2n);
      await publish(bus, 1n, ['a'], 1n, 'others');
    });

    test('that leaves a position out is refused and publishes nothing', async () => {
      const { bus } = await open();
      await publish(bus, 1n, ['a']);
      await expect(publish(bus, 1n, ['c'], 3n)).rejects.toMatchObject({ code: 'COMMON_COMMAND_CONFLICT' });
      const [second, , fourth] = messagesFor(bus, ['b', 'c', 'd'], 2n);
      if (second === undefined || fourth === undefined) throw new Error('three messages were made');
      await expect(bus.publish({ service: 'notes', fence: 1n }, [second, fourth])).rejects.toMatchObject({
        code: 'COMMON_COMMAND_CONFLICT',
      });
      expect((await bus.lastPublished('notes')).position).toBe(1n);
    });

    test('to the topic of another service is refused', async () => {
      const { bus } = await open();
      await expect(bus.publish({ service: 'notes', fence: 1n }, messagesFor(bus, ['a'], 1n, 'others'))).rejects.toMatchObject({
        code: 'COMMON_INTERNAL',
      });
    });

    test('keeps every event as it is', async () => {
      const { bus } = await open();
      const { messages } = await receive(bus, { group: 'readers.all' });
      const data = { text: 'zero \u0000 quote " umlaut ü 🙂', list: [1, null, { deep: false }], big: '18446744073709551615' };
      const message = { topic: bus.topicOf('notes'), key: 'k', position: 1n, event: aCloudEvent(1n, 'k', data) };
      await bus.publish({ service: 'notes', fence: 1n }, [message]);
      await holds(() => expect(messages).toEqual([message]));
      expect(await bus.lastPublished('notes')).toEqual({ position: 1n, eventId: message.event.id });
    });
  });
}
