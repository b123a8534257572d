import { eventually } from '@odst/testing';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { EventFeed, FeedEvent } from '../../src/events-feed/event-feed.ts';
import { followFeed } from '../../src/events-feed/follow-feed.ts';
import { typeFilter } from '../../src/events-feed/type-filter.ts';
import { digits, type FeedDatabase, feedDatabase, message, upTo } from './feed-database.ts';

let database: FeedDatabase;

beforeAll(async () => {
  database = await feedDatabase();
});
afterAll(() => database[Symbol.asyncDispose]());
beforeEach(async () => {
  await database.clear();
});

const ids = (page: { items: readonly { id: string }[] }) => page.items.map(({ id }) => id);
const numbers = (page: { items: readonly { feedsequence: string }[] }) =>
  page.items.map(({ feedsequence }) => Number(feedsequence));

function read(feed: EventFeed, after: number | string, limit = 1_000, types?: string, maxBytes = 1_000_000) {
  return feed.read({ after: BigInt(after), limit, maxBytes, filter: typeFilter(types) });
}

describe('the event feed', () => {
  test('numbers the events of all services in one contiguous order', async () => {
    const feed = database.openFeed();
    await feed.add([message(1)]);
    await feed.add([message(1, 'BlobVerified', 'storage')]);
    await feed.add([message(2), message(3)]);
    const page = await read(feed, 0);
    expect(page.items.map(({ feedsequence }) => feedsequence)).toEqual([1, 2, 3, 4].map(digits));
    expect(ids(page)).toEqual(['catalog-1', 'storage-1', 'catalog-2', 'catalog-3']);
    expect(page.items[0]?.data).toEqual({ filename: 'Ünï.pkg' });
    expect(await feed.last()).toBe(4n);
  });

  test('has the acts of accounts, of tokens and of who owns the machine, and of nobody else', async () => {
    const feed = database.openFeed();
    const actors = ['account:admin', 'token:admin/ci', 'machine', 'machinery', 'peer:a', 'service:sync'];
    const by = (actor: string, index: number) => {
      const { event, ...place } = message(index + 1);
      return { ...place, event: { ...event, actor } };
    };
    await feed.add(actors.map(by));
    const acts = async (actor = '') => (await feed.readActs({ before: 10n ** 18n, limit: 10, actor, text: '', names: [] })).items;
    expect((await acts()).map(({ actor }) => actor)).toEqual(['machine', 'token:admin/ci', 'account:admin']);
    expect(await acts('machine')).toHaveLength(1);
  });

  test('gives acts of one name and of a time', async () => {
    const feed = database.openFeed();
    const at = (position: number, name: string, time: string) => {
      const { event, ...place } = message(position, name);
      return { ...place, event: { ...event, time } };
    };
    await feed.add([
      at(1, 'PackageUploaded', '2026-01-01T00:00:00.000Z'),
      at(2, 'PackagePromoted', '2026-01-02T00:00:00.000Z'),
      at(3, 'PackageUploaded', '2026-01-03T00:00:00.000Z'),
    ]);
    const positionsOf = async (query: { names?: string[]; since?: Date; until?: Date }) => {
      const all = { before: 10n ** 18n, limit: 10, actor: '', text: '', names: [] };
      return (await feed.readActs({ ...all, ...query })).items.map(({ sequence }) => Number(sequence));
    };
    expect(await positionsOf({ names: ['PackageUploaded'] })).toEqual([3, 1]);
    const day = (date: number) => new Date(Date.UTC(2026, 0, date));
    expect(await positionsOf({ since: day(2) })).toEqual([3, 2]);
    expect(await positionsOf({ since: day(2), until: day(3) })).toEqual([2]);
  });

  test('gives the activity of a kind, a package, a server or somebody, the newest first, page by page', async () => {
    const feed = database.openFeed();
    const of = (position: number, name: string, subject: string, actor = 'service:catalog') => {
      const { event, ...place } = message(position, name, 'catalog', { iss: `iss of ${subject}`, nul: '\0' });
      return { ...place, event: { ...event, subject, actor } };
    };
    await feed.add([
      of(1, 'PackageUploaded', 'package-1', 'account:eva'),
      of(2, 'PackageSealed', 'package-1'),
      of(3, 'PackagePublished', 'package-2'),
      of(4, 'PackagePromoted', 'package-1', 'account:admin'),
      of(5, 'PackageDeleted', 'package-1', 'account:eva'),
    ]);
    const all = { before: 10n ** 18n, limit: 10, subject: '', actor: '', text: '' };
    const names = ['PackageUploaded', 'PackagePublished', 'PackagePromoted', 'PackageDeleted'];
    const positionsOf = async (query: Partial<typeof all>, wanted = names) => {
      const { items, next } = await feed.readActivity({ ...all, ...query, names: wanted });
      return [items.map(({ feedsequence }) => Number(feedsequence)), Number(next)];
    };
    expect(await positionsOf({})).toEqual([[5, 4, 3, 1], 0]);
    expect(await positionsOf({}, ['PackagePublished'])).toEqual([[3], 0]);
    expect(await positionsOf({ subject: 'package-1', limit: 2 })).toEqual([[5, 4], 4]);
    expect(await positionsOf({ subject: 'package-1', limit: 2, before: 4n })).toEqual([[1], 0]);
    expect(await positionsOf({ actor: 'account:eva' })).toEqual([[5, 1], 0]);
    expect(await positionsOf({ text: 'iss of package-2' })).toEqual([[3], 0]);
  });

  test('takes 10,000 events once and in order, however often they come, from three gateways at once', async () => {
    const feeds = [database.openFeed(), database.openFeed(), database.openFeed()];
    const services = ['catalog', 'storage'] as const;
    const perService = 5_000;
    // Each gateway believes itself the writer of all. Batches of changing sizes, so that now one is ahead, now another, and a
    // batch begins with what is there and ends with what is not.
    const sizes = [500, 33, 270, 101, 7];
    const writeAll = async (feed: EventFeed, service: string, turn: number): Promise<void> => {
      let batch = turn;
      for (let first = 1; first <= perService; ) {
        const size = Math.min(sizes[batch % sizes.length] ?? 1, perService - first + 1);
        const from = first;
        await feed.add(Array.from({ length: size }, (_, index) => message(from + index, 'PackageUploaded', service)));
        first += size;
        batch += 1;
      }
    };
    await Promise.all(feeds.flatMap((feed, index) => services.map((service) => writeAll(feed, service, index))));
    const items: FeedEvent[] = [];
    for (let next = digits(0); items.length % 1_000 === 0 && items.length < 2 * perService; ) {
      const page = await read(database.openFeed(), next, 1_000, undefined, 100_000_000);
      items.push(...page.items);
      next = page.next;
    }
    expect(numbers({ items })).toEqual(upTo(2 * perService));
    for (const service of services) {
      const own = items.filter(({ id }) => id.startsWith(service));
      expect(ids({ items: own })).toEqual(upTo(perService).map((position) => `${service}-${position}`));
    }
  });

  test('adds what is missing between events that it has', async () => {
    const feed = database.openFeed();
    await feed.add([message(1), message(4)]);
    await feed.add([message(1), message(2), message(3), message(4), message(5)]);
    const page = await read(feed, 0);
    expect(ids(page)).toEqual([1, 4, 2, 3, 5].map((position) => `catalog-${position}`));
    expect(numbers(page)).toEqual(upTo(5));
  });

  test('pages without a gap', async () => {
    const feed = database.openFeed();
    await feed.add(upTo(5).map((position) => message(position)));
    const first = await read(feed, 0, 2);
    const second = await read(feed, first.next, 2);
    const third = await read(feed, second.next, 2);
    expect([first, second, third].flatMap(ids)).toEqual([1, 2, 3, 4, 5].map((position) => `catalog-${position}`));
    expect([first, second, third].map(({ atEnd }) => atEnd)).toEqual([false, false, true]);
    expect(await read(feed, third.next, 2)).toEqual({ items: [], next: third.next, atEnd: true });
  });

  test('ends a page at its limit of bytes, but never before its first event', async () => {
    const feed = database.openFeed();
    await feed.add(upTo(5).map((position) => message(position)));
    const sizeBytes = JSON.stringify(message(1).event).length + 1;
    expect(numbers(await read(feed, 0, 10, undefined, 1))).toEqual([1]);
    const page = await read(feed, 1, 10, undefined, 2 * sizeBytes);
    expect(numbers(page)).toEqual([2, 3]);
    expect(page).toMatchObject({ next: digits(3), atEnd: false });
    expect(numbers(await read(feed, page.next, 10, 'PackageUploaded', 2 * sizeBytes))).toEqual([4, 5]);
  });

  test('filters by short and by full name, and moves on behind what it left out', async () => {
    const feed = database.openFeed();
    await feed.add([message(1), message(2, 'PackagePublished')]);
    await feed.add([message(1, 'BlobVerified', 'storage')]);
    expect(ids(await read(feed, 0, 10, 'PackagePublished'))).toEqual(['catalog-2']);
    expect(ids(await read(feed, 0, 10, 'org.odst.storage.BlobVerified.v1,PackageUploaded'))).toEqual(['catalog-1', 'storage-1']);
    const none = {
      after: 0n,
      limit: 10,
      maxBytes: 1_000,
      filter: { names: [], fullNames: ['org.odst.storage.BlobVerified.v2'] },
    };
    expect(await feed.read(none)).toEqual({ items: [], next: digits(3), atEnd: true });
  });

  test('filters by full name among events with a text that PostgreSQL cannot decode, and with a type in their data', async () => {
    const feed = database.openFeed();
    const [one, two] = [message(1), message(2, 'BlobVerified', 'storage')];
    const data = { text: 'a\u0000b', half: '\ud800', type: two.event.type };
    await feed.add([{ ...one, event: { ...one.event, data } }]);
    await feed.add([{ ...two, event: { ...two.event, data } }]);
    expect(ids(await read(feed, 0, 10, two.event.type))).toEqual(['storage-2']);
    const page = await read(feed, 0, 10, `${one.event.type},BlobVerified`);
    expect(ids(page)).toEqual(['catalog-1', 'storage-2']);
    expect(page.items[0]?.data).toEqual(data);
  });

  test.each(['2', '9223372036854775808', '99999999999999999999'])('says that the position %s was never issued', async (after) => {
    const feed = database.openFeed();
    await feed.add([message(1)]);
    await expect(read(feed, after)).rejects.toMatchObject({ code: 'EVENTS_FEED_RESET', details: { last: '1' } });
  });

  test('tells listeners of what it and other gateways add', async () => {
    const [own, other] = [database.openFeed(), database.openFeed()];
    let calls = 0;
    using _listening = own.onAdded(() => {
      calls += 1;
    });
    // The first poll tells once, whatever there is.
    await eventually(() => calls > 0);
    for (const feed of [own, other]) {
      const before = calls;
      const { last } = own;
      await feed.add([message(Number(await last()) + 1)]);
      await eventually(() => calls > before);
    }
  });

  test('never misses an event between a shared read and its wait', async () => {
    const feed = database.openFeed();
    const abort = new AbortController();
    const follow = async (): Promise<number[]> => {
      const seen: number[] = [];
      const query = {
        after: 0n,
        limit: 50,
        maxBytes: 1_000_000,
        filter: typeFilter(undefined),
        signal: abort.signal,
        idleMs: 60_000,
      };
      for await (const page of followFeed(feed, query)) {
        seen.push(...numbers(page));
        if (seen.length === 300) break;
      }
      return seen;
    };
    const readers = Array.from({ length: 5 }, follow);
    for (const position of upTo(300)) await feed.add([message(position)]);
    expect(await Promise.all(readers)).toEqual(Array.from({ length: 5 }, () => upTo(300)));
  });
});
