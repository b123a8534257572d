import type { WatchProgressResponse } from '@odst/contracts/sync';
import { OdstError } from '@odst/kernel';
import { eventually } from '@odst/testing';
import { afterAll, beforeAll, beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import { digits, type FeedDatabase, feedDatabase, message } from '../events-feed/feed-database.ts';
import { testApp } from '../test-app.ts';

let database: FeedDatabase;

beforeAll(async () => {
  database = await feedDatabase();
});
afterAll(() => database[Symbol.asyncDispose]());
beforeEach(async () => {
  await database.clear();
});

const iss = 'e'.repeat(32);
const nothing: WatchProgressResponse = { transfers: undefined, peers: undefined, shards: [], heard: undefined };
const transfer = (verifiedBytes: bigint) => ({
  ...{ sha256: 'b'.repeat(64), sizeBytes: 3_000n, verifiedBytes, rateBytesPerSecond: 100n, packageId: 7 },
  ...{ filename: 'NoMAD.pkg', sourceIsses: [iss], state: 'running', reason: '', tries: 1, nextTryAt: undefined },
  ...{ startedAt: new Date(0), first: false, strip: [100, 33, 0] },
});
const running = (verifiedBytes: bigint): WatchProgressResponse => ({
  ...nothing,
  transfers: { running: [transfer(verifiedBytes)], others: 2, version: 5n },
});

/** A sync that tells what a test says, to each who watches. */
function playedSync() {
  const watchers = new Set<{ readonly tell: (progress: WatchProgressResponse | Error) => void }>();
  let watched = 0;
  return {
    get watchers() {
      return watchers.size;
    },
    get watched() {
      return watched;
    },
    tell(progress: WatchProgressResponse | Error) {
      for (const { tell } of watchers) tell(progress);
    },
    async *watchProgress(_request: object, { signal }: { readonly signal?: AbortSignal } = {}) {
      watched += 1;
      const waiting: (WatchProgressResponse | Error)[] = [];
      let wake = Promise.withResolvers<void>();
      const watcher = {
        tell(progress: WatchProgressResponse | Error) {
          waiting.push(progress);
          wake.resolve();
        },
      };
      watchers.add(watcher);
      signal?.addEventListener('abort', () => wake.resolve(), { once: true });
      try {
        while (signal?.aborted !== true) {
          const next = waiting.shift();
          if (next instanceof Error) throw next;
          if (next !== undefined) yield next;
          else {
            await wake.promise;
            wake = Promise.withResolvers();
          }
        }
      } finally {
        watchers.delete(watcher);
      }
    },
  };
}

async function startGateway(options: { heartbeatMs?: number; authorize?: Parameters<typeof testApp>[1] } = {}) {
  const feed = database.openFeed();
  const sync = playedSync();
  const played = {
    transfers: { watchProgress: (...args: Parameters<typeof sync.watchProgress>) => sync.watchProgress(...args) },
  };
  const { heartbeatMs } = options;
  const app = await testApp(played, {
    feed,
    ...options.authorize,
    ...(heartbeatMs === undefined ? {} : { eventStreamHeartbeatMs: heartbeatMs }),
  });
  onTestFinished(() => app.close());
  const url = `${await app.listen({ host: '127.0.0.1', port: 0 })}/api/v1/stream`;
  return { app, feed, sync, url };
}

type Block = { readonly id?: string | undefined; readonly event?: string | undefined; readonly data?: unknown };

async function openStream(url: string, headers: Record<string, string> = {}) {
  const abort = new AbortController();
  onTestFinished(() => abort.abort());
  const answer = await fetch(url, { headers, signal: abort.signal });
  const blocks: Block[] = [];
  const reading = async (): Promise<'ended' | 'broken'> => {
    let text = '';
    try {
      for await (const piece of (answer.body ?? new ReadableStream()).pipeThrough(new TextDecoderStream())) {
        const parts = (text + piece).split('\n\n');
        text = parts.pop() ?? '';
        blocks.push(...parts.map(blockOf));
      }
      return 'ended';
    } catch {
      return 'broken';
    }
  };
  return {
    answer,
    blocks,
    of: (event: string) => blocks.flatMap((block) => (block.event === event ? [block.data] : [])),
    events: () => blocks.filter(({ event, data }) => event === undefined && data !== undefined),
    ended: reading(),
    leave: () => abort.abort(),
  };
}

function blockOf(text: string): Block {
  const field = (name: string) => new RegExp(`^${name}: (.*)$`, 'm').exec(text)?.[1];
  const data = field('data');
  return { id: field('id'), event: field('event'), data: data === undefined ? undefined : JSON.parse(data) };
}

describe('the live stream for browsers', () => {
  test('gives the events that come, from now on or behind Last-Event-ID, for proxies to pass at once', async () => {
    const { feed, url } = await startGateway();
    await feed.add([message(1), message(2)]);
    const [live, resumed] = [await openStream(url), await openStream(url, { 'last-event-id': digits(1) })];
    expect(live.answer.headers.get('content-type')).toBe('text/event-stream');
    expect(live.answer.headers.get('x-accel-buffering')).toBe('no');
    expect(live.answer.headers.get('cache-control')).toBe('no-store');
    await feed.add([message(3)]);
    await eventually(() => live.events().length === 1 && resumed.events().length === 2);
    expect(live.events()).toEqual([{ id: digits(3), event: undefined, data: { ...message(3).event, feedsequence: digits(3) } }]);
    expect(resumed.events().map(({ id }) => id)).toEqual([digits(2), digits(3)]);
  });

  test('tells transfers, peers and coverage as sync does, asks once for all streams, and not when nobody looks', async () => {
    const { sync, url } = await startGateway();
    const [one, other] = [await openStream(url), await openStream(url)];
    await eventually(() => sync.watchers === 1);
    sync.tell(running(1_000n));
    const peer = { peerIss: iss, state: 'online', lastError: '', nextTryAt: undefined, behind: 3, queuedTransfers: 2 };
    const peers = { peers: [{ ...peer, backlogBytes: 5n, rateBytesPerSecond: 100n, paused: false, failedTries: 0 }] };
    sync.tell({ ...nothing, peers, shards: [10, 255], heard: { isses: [iss] } });
    await eventually(() => [one, other].every(({ of }) => of('coverage').length === 1));
    for (const { of, blocks } of [one, other]) {
      expect(of('transfers')).toEqual([
        { items: [expect.objectContaining({ id: 'b'.repeat(64), verifiedBytes: 1_000, etaSeconds: 20 })], others: 2, version: 5 },
      ]);
      expect(of('peers')).toEqual([
        {
          items: [
            {
              ...{ iss, state: 'online', lastError: null, nextTryAt: null, behind: 3, queuedTransfers: 2, backlogBytes: 5 },
              ...{ rateBytesPerSecond: 100, paused: false, failedTries: 0 },
            },
          ],
        },
      ]);
      expect(of('coverage')).toEqual([{ contents: ['0a', 'ff'], heard: [iss] }]);
      // What is no event of the feed moves nobody's Last-Event-ID.
      expect(blocks.filter(({ event }) => event !== undefined).every(({ id }) => id === undefined)).toBe(true);
    }
    const late = await openStream(url);
    await eventually(() => late.of('coverage').length === 1);
    expect([late.of('transfers'), late.of('coverage')]).toEqual([one.of('transfers'), [{ contents: [], heard: [iss] }]]);
    expect(sync.watched).toBe(1);
    for (const { leave } of [one, other, late]) leave();
    await eventually(() => sync.watchers === 0);
  });

  test('says so when sync is away, and tells all anew when it is back', async () => {
    const { sync, url } = await startGateway();
    const { of } = await openStream(url);
    await eventually(() => sync.watchers === 1);
    sync.tell(running(1_000n));
    await eventually(() => of('transfers').length === 1);
    sync.tell(new OdstError('COMMON_SERVICE_UNAVAILABLE', 'sync is away'));
    await eventually(() => of('interrupted').length === 1);
    await eventually(() => sync.watchers === 1);
    sync.tell(running(2_000n));
    await eventually(() => of('transfers').length === 2);
  });

  test('keeps the connection alive while nothing happens, and ends cleanly when the gateway stops', async () => {
    const { app, url } = await startGateway({ heartbeatMs: 60 });
    const { of, ended } = await openStream(url);
    await eventually(() => of('alive').length >= 2);
    await app.close();
    expect(await ended).toBe('ended');
  });

  test.each([
    ['a position that was never issued', '?after=2', {}, 410, 'EVENTS_FEED_RESET'],
    ['a Last-Event-ID that is none', '', { 'last-event-id': 'x' }, 422, 'COMMON_REQUEST_INVALID'],
    ['an unknown name', '?types=PackageEaten', {}, 422, 'COMMON_REQUEST_INVALID'],
  ])('refuses %s before it begins', async (_what, query, headers, status, code) => {
    const { feed, url } = await startGateway();
    await feed.add([message(1)]);
    const answer = await fetch(url + query, { headers: headers as Record<string, string> });
    expect(answer.status).toBe(status);
    expect(await answer.json()).toMatchObject({ code });
  });

  test('has so many streams of one caller at most, and room again when one of them has left', async () => {
    const { url } = await startGateway();
    const open = await Promise.all(Array.from({ length: 32 }, () => openStream(url)));
    const refused = await fetch(url);
    expect(refused.status).toBe(429);
    expect(await refused.json()).toMatchObject({ code: 'EVENTS_STREAMS_TOO_MANY' });
    open[0]?.leave();
    await eventually(async () => (await openStream(url)).answer.status === 200);
  });
});
