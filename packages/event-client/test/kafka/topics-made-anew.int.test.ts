import { eventually, hasKafka, sharedKafka } from '@odst/testing';
import { beforeAll, describe, expect, test } from 'vitest';
import { createMemoryCheckpoint } from '../../src/checkpoint/memory-checkpoint.ts';
import { createKafkaEventSource } from '../../src/kafka/kafka-event-source.ts';
import { readEvents } from '../../src/read-events.ts';
import { feedEvent } from '../feed-event.ts';
import { gather, idsTo } from '../gather.ts';
import { openTopics, type TestTopics } from './open-topics.ts';

let brokers: readonly string[] = [];
const timeoutMs = 120_000;
const anew = (count: number): string[] => Array.from({ length: count }, (_, index) => `anew-${index + 1}`);

describe.skipIf(!(await hasKafka()))('topics that are not as they were', () => {
  beforeAll(async () => {
    brokers = [await sharedKafka()];
  });

  const open = async () => {
    const topics = await openTopics(brokers);
    const source = createKafkaEventSource({ brokers, topicPrefix: topics.topicPrefix, services: ['catalog'] });
    return { ...topics, source };
  };
  /** Reads what there is. @returns the position behind it */
  const readAll = async ({ source }: Awaited<ReturnType<typeof open>>, count: number): Promise<string> => {
    const { items, ids, abort, ended } = gather(source);
    await eventually(() => ids().length === count, timeoutMs);
    abort();
    await ended;
    return items.at(-1)?.position ?? '';
  };
  const publish = async ({ publishText }: TestTopics, ids: readonly string[]): Promise<void> => {
    for (const id of ids) await publishText(JSON.stringify(feedEvent(1, undefined, id)));
  };

  test.each([
    ['longer', 9, /the event event-5 at 4 and now has another one/],
    ['as long', 5, /the event event-5 at 4 and now has another one/],
    ['shorter', 3, /ends at 3, and 5 was to be read next/],
    ['empty', 0, /ends at 0, and 5 was to be read next/],
  ])('a topic that was made anew and is %s', async (_how, count, what) => {
    const topics = await open();
    await topics.publishTo(5);
    const after = await readAll(topics, 5);
    await topics.renew();
    await publish(topics, anew(count));
    const error = await gather(topics.source, { after }).ended;
    expect(error).toMatchObject({ code: 'EVENTS_FEED_RESET', details: { topic: topics.catalog } });
    expect(String(error)).toMatch(what);
  });

  test('a topic that was made anew with fewer partitions', async () => {
    const topics = await open();
    await topics.publishTo(1);
    const after = await readAll(topics, 1);
    await topics.renew(1);
    expect(await gather(topics.source, { after }).ended).toMatchObject({ code: 'EVENTS_FEED_RESET', details: { partition: 1 } });
  });

  test('a topic that was made anew is read again from its beginning by who wants that', async () => {
    const topics = await open();
    await topics.publishTo(5);
    const checkpoint = createMemoryCheckpoint(await readAll(topics, 5));
    await topics.renew();
    await publish(topics, anew(9));
    const seen: string[] = [];
    for await (const { event } of readEvents({ source: topics.source, checkpoint, onReset: 'beginning' })) {
      seen.push(event.id);
      if (seen.length === 9) break;
    }
    expect(seen).toEqual(anew(9));
  });

  test.each(['shorter', 'longer'])('a topic that is made anew under a reader, and is %s then', async (how) => {
    const topics = await open();
    await topics.publishTo(5);
    const seen: string[] = [];
    const abort = new AbortController();
    const again = Promise.withResolvers<void>();
    const reading = (async () => {
      const { source } = topics;
      for await (const { event } of readEvents({ source, onReset: 'beginning', signal: abort.signal })) {
        seen.push(event.id);
        // The reader is busy with an event for all the time that the topic is away.
        if (how === 'longer' && event.id === 'event-5') await again.promise;
      }
    })();
    await eventually(() => seen.length === 5, timeoutMs);
    await topics.renew();
    const ids = anew(how === 'longer' ? 9 : 3);
    await publish(topics, ids);
    again.resolve();
    await eventually(() => seen.length === 5 + ids.length, timeoutMs);
    expect(seen).toEqual([...idsTo(5), ...ids]);
    abort.abort();
    await reading;
  });

  test('records that were deleted before they were read', async () => {
    const topics = await open();
    await topics.publishTo(3);
    const after = await readAll(topics, 3);
    await topics.publishTo(6);
    const partition = Number(Object.entries(JSON.parse(after)[topics.catalog]).find(([, text]) => text !== '0')?.[0]);
    const deleteTo = (offset: string) =>
      eventually(async () => {
        await topics.admin.deleteTopicRecords({ topic: topics.catalog, partitions: [{ partition, offset }] });
        return true;
      }, timeoutMs);
    // What was read may go.
    await deleteTo('3');
    const { ids, abort } = gather(topics.source, { after });
    await eventually(() => ids().length === 3, timeoutMs);
    abort();
    await deleteTo('5');
    const error = await gather(topics.source, { after }).ended;
    expect(error).toMatchObject({ code: 'EVENTS_FEED_RESET' });
    expect(String(error)).toContain('what came from 3 to 4 was deleted before it was read');
    // Who has no position yet begins with what there is.
    const fresh = gather(topics.source);
    await eventually(() => fresh.ids().length === 1, timeoutMs);
    expect(fresh.ids()).toEqual(['event-6']);
  });

  test('the ends of transactions, and those that were given up, are no sign of it', async () => {
    const topics = await open();
    await topics.transact(['event-1', 'event-2']);
    await topics.transact(['never'], 'abort');
    await topics.transact(['event-3']);
    const positions = [await readAll(topics, 3)];
    const latest = gather(topics.source, 'latest');
    await eventually(() => latest.items.length > 0, timeoutMs);
    latest.abort();
    positions.push(latest.items[0]?.position ?? '');
    await topics.transact(['event-4', 'event-5']);
    for (const after of positions) {
      const { ids, abort, ended } = gather(topics.source, { after });
      await eventually(() => ids().length === 2, timeoutMs);
      expect(ids()).toEqual(['event-4', 'event-5']);
      abort();
      await ended;
    }
    await topics.renew();
    await publish(topics, anew(20));
    for (const after of positions) {
      expect(await gather(topics.source, { after }).ended).toMatchObject({ code: 'EVENTS_FEED_RESET' });
    }
  });

  test('partitions that were added are read from their first record, by old positions too', async () => {
    const topics = await open();
    await topics.publishTo(2);
    const after = await readAll(topics, 2);
    await topics.admin.createPartitions({ topicPartitions: [{ topic: topics.catalog, count: 8 }] });
    const ids = anew(20);
    await eventually(async () => {
      const [found] = (await topics.admin.fetchTopicMetadata({ topics: [topics.catalog] })).topics;
      return found?.partitions.length === 8;
    }, timeoutMs);
    for (const id of ids) await topics.publishText(JSON.stringify(feedEvent(1, undefined, id)), id);
    const reading = gather(topics.source, { after });
    await eventually(() => reading.ids().length === 20, timeoutMs);
    expect(reading.ids().toSorted()).toEqual(ids.toSorted());
  });
});
