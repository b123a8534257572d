import { once } from 'node:events';
import { connect } from 'node:net';
import { OdstError } from '@odst/kernel';
import { eventually } from '@odst/testing';
import { afterAll, beforeAll, beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import type { EventFeed } from '../../src/events-feed/event-feed.ts';
import { digits, type FeedDatabase, feedDatabase, message, upTo } from '../events-feed/feed-database.ts';
import { testApp } from '../test-app.ts';

let database: FeedDatabase;

beforeAll(async () => {
  database = await feedDatabase();
});
afterAll(() => database[Symbol.asyncDispose]());
beforeEach(async () => {
  await database.clear();
});

/** A gateway that listens, over a feed. */
async function startGateway(feed: EventFeed, eventStreamHeartbeatMs?: number) {
  const app = await testApp({}, { feed, ...(eventStreamHeartbeatMs === undefined ? {} : { eventStreamHeartbeatMs }) });
  onTestFinished(() => app.close());
  const url = await app.listen({ host: '127.0.0.1', port: 0 });
  return { app, url: `${url}/api/v1/events`, port: Number(new URL(url).port) };
}

type Block = {
  readonly id?: string | undefined;
  readonly data?: { readonly id: string } | undefined;
  readonly comment?: string | undefined;
};

/** Opens a stream and gathers its blocks. */
async function openStream(url: string, headers: Record<string, string> = {}) {
  const abort = new AbortController();
  onTestFinished(() => abort.abort());
  const answer = await fetch(url, { headers: { accept: 'text/event-stream', ...headers }, signal: abort.signal });
  const blocks: Block[] = [];
  const reading = async (): Promise<'ended' | 'broken'> => {
    let text = '';
    try {
      for await (const piece of (answer.body ?? new ReadableStream()).pipeThrough(new TextDecoderStream())) {
        const parts = (text + piece).split('\n\n');
        text = parts.pop() ?? '';
        for (const part of parts) blocks.push(blockOf(part));
      }
      return 'ended';
    } catch {
      return 'broken';
    }
  };
  return {
    answer,
    blocks,
    ids: () => blocks.flatMap(({ data }) => data?.id ?? []),
    ended: reading(),
    leave: () => abort.abort(),
  };
}

function blockOf(text: string): Block {
  const field = (name: string) => new RegExp(`^${name}: (.*)$`, 'm').exec(text)?.[1];
  const data = field('data');
  return { id: field('id'), comment: field(''), data: data === undefined ? undefined : JSON.parse(data) };
}

const idsUpTo = (last: number) => upTo(last).map((position) => `catalog-${position}`);

describe('the live stream of events', () => {
  test('gives what there is and then what comes, whichever gateway adds it', async () => {
    const feed = database.openFeed();
    await feed.add([message(1), message(2)]);
    const { url } = await startGateway(feed);
    const { answer, blocks, ids } = await openStream(url);
    expect(answer.headers.get('content-type')).toBe('text/event-stream');
    expect(answer.headers.get('cache-control')).toBe('no-store');
    await eventually(() => ids().length === 2);
    await feed.add([message(3)]);
    await database.openFeed().add([message(4), message(5)]);
    await eventually(() => ids().length === 5);
    expect(ids()).toEqual(idsUpTo(5));
    expect(blocks.filter(({ data }) => data !== undefined).map(({ id }) => id)).toEqual(upTo(5).map(digits));
    expect(blocks[1]?.data).toEqual({ ...message(1).event, feedsequence: digits(1) });
  });

  test('goes on behind Last-Event-ID, which wins over after; latest gives only what comes', async () => {
    const feed = database.openFeed();
    await feed.add(upTo(9).map((position) => message(position)));
    const { url } = await startGateway(feed);
    const [after, resumed, live] = [
      await openStream(`${url}?after=3`),
      await openStream(`${url}?after=3`, { 'last-event-id': digits(7) }),
      await openStream(`${url}?after=latest`),
    ];
    await feed.add([message(10)]);
    await eventually(() => [after, resumed, live].every(({ ids }) => ids().at(-1) === 'catalog-10'));
    expect(after.ids()).toEqual(idsUpTo(10).slice(3));
    expect(resumed.ids()).toEqual(idsUpTo(10).slice(7));
    expect(live.ids()).toEqual(['catalog-10']);
  });

  test('tells a filtered reader how far it is, and shows that it lives', async () => {
    const feed = database.openFeed();
    const { url } = await startGateway(feed, 60);
    const { blocks, ids } = await openStream(`${url}?types=PackagePublished`);
    await feed.add(upTo(7).map((position) => message(position)));
    await eventually(() => blocks.some(({ id }) => id === digits(7)));
    await eventually(() => blocks.filter(({ comment }) => comment === 'alive').length >= 2);
    await feed.add([message(8, 'PackagePublished')]);
    await eventually(() => ids().length > 0);
    expect(ids()).toEqual(['catalog-8']);
  });

  test.each([
    ['a position that was never issued', '?after=2', {}, 410, 'EVENTS_FEED_RESET'],
    ['a Last-Event-ID that was never issued', '', { 'last-event-id': '2' }, 410, 'EVENTS_FEED_RESET'],
    ['a Last-Event-ID that is none', '', { 'last-event-id': 'x' }, 422, 'COMMON_REQUEST_INVALID'],
    ['an unknown name', '?types=PackageUploaded,PackageEaten', {}, 422, 'COMMON_REQUEST_INVALID'],
  ])('refuses %s before it begins', async (_what, query, headers, status, code) => {
    const feed = database.openFeed();
    await feed.add([message(1)]);
    const { url } = await startGateway(feed);
    const answer = await fetch(url + query, { headers: { accept: 'text/event-stream', ...headers } });
    expect(answer.status).toBe(status);
    expect(answer.headers.get('content-type')).toContain('application/problem+json');
    expect(await answer.json()).toMatchObject({ code });
  });

  test('does not read ahead of a reader that takes nothing, and loses nothing of it', async () => {
    const feed = database.openFeed();
    const text = 'x'.repeat(20_000);
    const total = 3_000;
    for (let first = 1; first <= total; first += 500) {
      await feed.add(upTo(500).map((index) => message(first + index - 1, 'PackageUploaded', 'catalog', { text })));
    }
    let events = 0;
    const counted: EventFeed = {
      ...feed,
      async read(query) {
        const page = await feed.read(query);
        events += page.items.length;
        return page;
      },
    };
    const { port } = await startGateway(counted);
    const socket = connect({ host: '127.0.0.1', port });
    socket.pause();
    socket.write('GET /api/v1/events HTTP/1.1\r\nHost: a\r\nAccept: text/event-stream\r\n\r\n');
    await eventually(() => events > 1);
    let [seen, same] = [0, 0];
    await eventually(() => {
      same = events === seen ? same + 1 : 0;
      seen = events;
      return same === 10;
    });
    // What the two kernels hold, and one page; the rest of 60 MB is nowhere but in the database.
    expect(events).toBeLessThan(total / 2);

    const marker = '\ndata: ';
    let [received, rest] = [0, ''];
    socket.on('data', (bytes) => {
      const more = rest + bytes.toString('latin1');
      received += more.split(marker).length - 1;
      rest = more.slice(1 - marker.length);
    });
    socket.resume();
    await eventually(() => received === total);
    socket.destroy();
  });

  test('is cut off for nobody else when its reader leaves, and nothing is read for it any more', async () => {
    const feed = database.openFeed();
    let listeners = 0;
    const counted: EventFeed = {
      ...feed,
      onAdded(listener) {
        const listening = feed.onAdded(listener);
        listeners += 1;
        return {
          [Symbol.dispose]() {
            listening[Symbol.dispose]();
            listeners -= 1;
          },
        };
      },
    };
    const { url } = await startGateway(counted);
    const [left, stays] = [await openStream(url), await openStream(url)];
    await eventually(() => listeners === 2);
    left.leave();
    await eventually(() => listeners === 1);
    await feed.add([message(1)]);
    await eventually(() => stays.ids().length === 1);
  });

  test('ends cleanly when the gateway stops, and a reader that takes nothing does not hold it up', async () => {
    const feed = database.openFeed();
    const text = 'x'.repeat(20_000);
    await feed.add(upTo(500).map((position) => message(position, 'PackageUploaded', 'catalog', { text })));
    const { app, url, port } = await startGateway(feed);
    const { ids, ended } = await openStream(`${url}?after=400`);
    const socket = connect({ host: '127.0.0.1', port });
    socket.pause();
    socket.on('error', () => undefined);
    socket.write('GET /api/v1/events HTTP/1.1\r\nHost: a\r\nAccept: text/event-stream\r\n\r\n');
    await once(socket, 'connect');
    await eventually(() => ids().length === 100);
    const startedAt = performance.now();
    await app.close();
    expect(performance.now() - startedAt).toBeLessThan(20_000);
    expect(await ended).toBe('ended');
    socket.destroy();
  });

  test('answers HEAD without a stream, and JSON to those who want no stream', async () => {
    const feed = database.openFeed();
    await feed.add([message(1)]);
    const { app, url } = await startGateway(feed);
    const head = await fetch(url, { method: 'HEAD', headers: { accept: 'text/event-stream' } });
    expect([head.status, await head.text()]).toEqual([200, '']);
    for (const accept of [
      'application/json',
      '*/*',
      'text/event-stream;q=0',
      'text/html, application/json',
      'application/json, text/event-stream;q=0.1',
      'text/event-stream;q=0.5, application/*',
      'text/event-stream;q=0.1, */*;q=0.2',
      'application/json, text/event-stream',
      'text/html',
      'nonsense',
    ]) {
      const answer = await app.inject({ url: '/api/v1/events?types=PackageUploaded&types=PackageSealed', headers: { accept } });
      expect(answer.json()).toEqual({ items: [{ ...message(1).event, feedsequence: digits(1) }], next: digits(1) });
      expect(answer.headers['vary']).toBe('accept');
    }
    expect((await app.inject('/api/v1/events?after=latest')).json()).toEqual({ items: [], next: digits(1) });
  });

  test.each([
    'text/event-stream',
    'application/json;q=0.1, text/event-stream',
    'text/event-stream, */*;q=0.5',
    'TEXT/event-stream',
  ])('is what Accept: %s prefers', async (accept) => {
    const { url } = await startGateway(database.openFeed());
    const head = await fetch(url, { method: 'HEAD', headers: { accept } });
    expect(head.headers.get('content-type')).toContain('text/event-stream');
  });

  test('needs the right to it', async () => {
    const authorize = async () => Promise.reject(new OdstError('COMMON_LOGIN_REQUIRED', 'log in'));
    const app = await testApp({}, { feed: database.openFeed(), authorize });
    const answer = await app.inject({ url: '/api/v1/events', headers: { accept: 'text/event-stream' } });
    expect(answer.statusCode).toBe(401);
    await app.close();
  });
});
