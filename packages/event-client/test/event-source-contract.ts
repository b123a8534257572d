import { eventually } from '@odst/testing';
import { describe, expect, test } from 'vitest';
import type { EventSource } from '../src/event-source.ts';
import { gather, idsTo } from './gather.ts';

/** A source of one test, and what feeds it. */
export type EventSourceFixture = {
  readonly source: EventSource;
  /** Makes the events `event-1` to `event-<last>`, those that there are not yet. */
  readonly publishTo: (last: number) => Promise<void> | void;
};

/** The tests that every source passes. */
export function eventSourceContract(name: string, open: () => Promise<EventSourceFixture>, timeoutMs = 60_000): void {
  describe(`event source: ${name}`, () => {
    test('gives what there is and then what comes', async () => {
      const { source, publishTo } = await open();
      await publishTo(3);
      const { ids } = gather(source);
      await eventually(() => ids().length === 3, timeoutMs);
      await publishTo(5);
      await eventually(() => ids().length === 5, timeoutMs);
      expect(ids()).toEqual(idsTo(5));
    });

    test('goes on behind any position that it gave', async () => {
      const { source, publishTo } = await open();
      await publishTo(20);
      const first = gather(source);
      await eventually(() => first.ids().length === 20, timeoutMs);
      first.abort();
      for (const done of [1, 7, 20]) {
        const item = first.items.find(({ event }) => event?.id === `event-${done}`);
        const again = gather(source, { after: item?.position ?? '' });
        await publishTo(20 + done);
        await eventually(() => again.ids().at(-1) === `event-${20 + done}`, timeoutMs);
        expect(again.ids()).toEqual(idsTo(20 + done).slice(done));
        again.abort();
        await again.ended;
      }
    });

    test('gives only what comes when it begins with the latest, and a position to go on from before that', async () => {
      const { source, publishTo } = await open();
      await publishTo(3);
      const { ids, items } = gather(source, 'latest');
      await eventually(() => items.length > 0, timeoutMs);
      await publishTo(4);
      await eventually(() => ids().length === 1, timeoutMs);
      expect(ids()).toEqual(['event-4']);
    });

    test('ends without an error when it is told to, also in the middle of a silence', async () => {
      const { source, publishTo } = await open();
      await publishTo(1);
      const { ids, ended, abort } = gather(source);
      await eventually(() => ids().length === 1, timeoutMs);
      abort();
      expect(await ended).toBe('ended');
    });

    test('reads nothing when it was told to end before', async () => {
      const { source, publishTo } = await open();
      await publishTo(1);
      for await (const item of source.read('beginning', AbortSignal.abort())) expect(item).toBe('nothing');
    });

    test('waits for a consumer that takes its time', async () => {
      const { source, publishTo } = await open();
      await publishTo(50);
      const seen: string[] = [];
      for await (const { event } of source.read('beginning', new AbortController().signal)) {
        await new Promise((resolve) => setImmediate(resolve));
        if (event !== undefined) seen.push(event.id);
        if (seen.length === 50) break;
      }
      expect(seen).toEqual(idsTo(50));
    });

    test('refuses a position that is not its own', async () => {
      const { source } = await open();
      expect(await gather(source, { after: 'nonsense' }).ended).toMatchObject({ code: 'COMMON_REQUEST_INVALID' });
    });
  });
}
