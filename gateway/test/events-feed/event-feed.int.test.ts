import type { BusMessage } from '@odst/event-bus';
import { createPool, migrate } from '@odst/service-host';
import { createSilentLogger } from '@odst/telemetry';
import { createTestDatabase, type TestDatabase } from '@odst/testing';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { createEventFeed } from '../../src/events-feed/event-feed.ts';
import { gatewayMigrations } from '../../src/migrations.ts';

let database: TestDatabase;
let pool: ReturnType<typeof createPool>;

beforeAll(async () => {
  database = await createTestDatabase();
  const client = await database.pool.connect();
  await migrate({ client, schema: 'gateway', components: [gatewayMigrations], logger: createSilentLogger() });
  client.release();
  pool = createPool(database.url, { applicationName: 'gateway test', schema: 'gateway', logger: createSilentLogger() });
});
afterAll(async () => {
  await pool.end();
  await database[Symbol.asyncDispose]();
});
beforeEach(() => database.pool.query('TRUNCATE gateway.event_feed; UPDATE gateway.event_feed_counter SET last = 0'));

function message(position: number, name = 'PackageUploaded', service = 'catalog'): BusMessage {
  return {
    topic: `odst.${service}.v1`,
    key: 'k',
    position: BigInt(position),
    event: {
      specversion: '1.0',
      id: `${service}-${position}`,
      source: 'urn:odst:server:a',
      type: `org.odst.${service}.${name}.v1`,
      subject: 'package-k',
      time: '2026-01-01T00:00:00.000Z',
      datacontenttype: 'application/json',
      dataschema: 'urn:x',
      sequence: String(position).padStart(20, '0'),
      partitionkey: 'k',
      actor: 'account:admin',
      correlationid: 'c',
      data: { filename: 'Ünï.pkg' },
    },
  };
}

const ids = (page: { items: readonly { id: string }[] }) => page.items.map(({ id }) => id);

describe('the event feed', () => {
  test('numbers the events of all services in one contiguous order', async () => {
    const feed = createEventFeed(pool);
    await feed.add(message(1));
    await feed.add(message(1, 'BlobVerified', 'storage'));
    await feed.add(message(2));
    const page = await feed.read(0n, 10, []);
    expect(page.items.map(({ feedsequence }) => feedsequence)).toEqual([1, 2, 3].map((n) => String(n).padStart(20, '0')));
    expect(ids(page)).toEqual(['catalog-1', 'storage-1', 'catalog-2']);
    expect(page.items[0]?.data).toEqual({ filename: 'Ünï.pkg' });
  });

  test('takes an event once, however often it comes, from several gateways at once', async () => {
    const feeds = [createEventFeed(pool), createEventFeed(pool), createEventFeed(pool)];
    const positions = Array.from({ length: 40 }, (_, index) => index + 1);
    await Promise.all(feeds.flatMap((feed) => positions.map((position) => feed.add(message(position)))));
    const { items } = await createEventFeed(pool).read(0n, 1_000, []);
    expect(items.map(({ feedsequence }) => Number(feedsequence))).toEqual(positions);
    expect(new Set(items.map(({ id }) => id)).size).toBe(40);
  });

  test('pages without a gap', async () => {
    const feed = createEventFeed(pool);
    for (let position = 1; position <= 5; position += 1) await feed.add(message(position));
    const first = await feed.read(0n, 2, []);
    const second = await feed.read(BigInt(first.next), 2, []);
    const third = await feed.read(BigInt(second.next), 2, []);
    expect([first, second, third].flatMap(ids)).toEqual([1, 2, 3, 4, 5].map((position) => `catalog-${position}`));
    expect(await feed.read(BigInt(third.next), 2, [])).toEqual({ items: [], next: third.next });
  });

  test('filters by short and by full name, and moves on behind what it left out', async () => {
    const feed = createEventFeed(pool);
    await feed.add(message(1));
    await feed.add(message(2, 'PackagePublished'));
    await feed.add(message(1, 'BlobVerified', 'storage'));
    expect(ids(await feed.read(0n, 10, ['PackagePublished']))).toEqual(['catalog-2']);
    expect(ids(await feed.read(0n, 10, ['org.odst.storage.BlobVerified.v1', 'PackageUploaded']))).toEqual([
      'catalog-1',
      'storage-1',
    ]);
    expect(await feed.read(0n, 10, ['org.odst.storage.BlobVerified.v2'])).toEqual({ items: [], next: '3'.padStart(20, '0') });
  });

  test('says that a position was never issued', async () => {
    const feed = createEventFeed(pool);
    await feed.add(message(1));
    await expect(feed.read(2n, 10, [])).rejects.toMatchObject({ code: 'EVENTS_FEED_RESET' });
  });
});
