import { describe, expect, test } from 'vitest';
import { holds, type OpenBus, receive } from './fixture.ts';
import { messagesFor, positionsTo } from './messages.ts';

const producer = { service: 'notes', fence: 1n };
const ascending = (a: bigint, b: bigint): number => Number(a - b);

/** Several members of one group. */
export function groupTests(open: OpenBus): void {
  describe('two members of a group', () => {
    test('get each message once between them', async () => {
      const { bus, another } = await open();
      const first = await receive(bus, { group: 'readers.shared' });
      const second = await receive(another?.() ?? bus, { group: 'readers.shared' });
      const both = (): readonly bigint[] => [...first.positions(), ...second.positions()].toSorted(ascending);
      await bus.publish(producer, messagesFor(bus, [...'abcabcabca']));
      await holds(() => expect(both()).toEqual(positionsTo(10)));
      await bus.publish(producer, messagesFor(bus, [...'abcabcabca'], 11n));
      await holds(() => expect(both()).toEqual(positionsTo(20)));
    });

    test('on one bus get each message once between them', async () => {
      const { bus } = await open();
      const first = await receive(bus, { group: 'readers.shared' });
      const second = await receive(bus, { group: 'readers.shared' });
      await bus.publish(producer, messagesFor(bus, [...'abcabcabca']));
      await holds(() => expect([...first.positions(), ...second.positions()].toSorted(ascending)).toEqual(positionsTo(10)));
    });

    test('go on where one of them ended', async () => {
      const { bus, another } = await open();
      const first = await receive(bus, { group: 'readers.shared' });
      await bus.publish(producer, messagesFor(bus, ['a', 'b']));
      await holds(() => expect(first.positions()).toEqual(positionsTo(2)));
      const second = await receive(another?.() ?? bus, { group: 'readers.shared' });
      await first.subscription[Symbol.asyncDispose]();
      await bus.publish(producer, messagesFor(bus, ['a', 'b'], 3n));
      await holds(() => expect(second.positions()).toEqual([3n, 4n]));
      expect(first.positions()).toEqual(positionsTo(2));
    });
  });
}
