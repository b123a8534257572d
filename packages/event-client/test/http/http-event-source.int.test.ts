import { OdstError } from '@odst/kernel';
import { eventually } from '@odst/testing';
import { describe, expect, test } from 'vitest';
import { createHttpEventSource, type HttpEventSourceOptions } from '../../src/http/http-event-source.ts';
import type { Retry } from '../../src/retry.ts';
import { eventSourceContract } from '../event-source-contract.ts';
import { feedEvent } from '../feed-event.ts';
import { gather, idsTo } from '../gather.ts';
import { startFeedServer } from './feed-server.ts';

for (const mode of ['stream', 'pages'] as const) {
  eventSourceContract(`HTTP, ${mode}`, async () => {
    const server = await startFeedServer();
    return {
      source: createHttpEventSource({ url: server.url, mode, pageIntervalMs: 20 }),
      publishTo: (last) => server.grow(last),
    };
  });
}

/** A server, and a client of it that notes its retries. */
async function open(options: Partial<HttpEventSourceOptions> = {}) {
  const server = await startFeedServer();
  const retries: Retry[] = [];
  const onRetry = (retry: Retry) => retries.push(retry);
  return { server, retries, source: createHttpEventSource({ url: server.url, onRetry, pageIntervalMs: 20, ...options }) };
}

describe('the HTTP event source', () => {
  test.each(['break', 'end'] as const)('goes on where it was when the streams %s, and nothing comes twice', async (how) => {
    const { server, source, retries } = await open();
    server.grow(3);
    const { ids } = gather(source);
    await eventually(() => ids().length === 3);
    server.cut(how);
    await eventually(() => retries.length > 0);
    server.grow(6);
    await eventually(() => ids().length === 6);
    expect(ids()).toEqual(idsTo(6));
    expect(server.requests.filter((request) => request.startsWith('stream'))).toEqual(['stream 0', 'stream 3']);
  });

  test('tries again with a growing pause while the server is away, and waits as long as it asks', async () => {
    const { server, source, retries } = await open();
    server.grow(1);
    let refusals = 0;
    server.disturb = (_request, response) => {
      refusals += 1;
      if (refusals > 3) return false;
      if (refusals === 1) response.destroy();
      else response.writeHead(503, { 'retry-after': refusals === 2 ? '1' : '0' }).end('<html>');
      return true;
    };
    const { ids } = gather(source);
    await eventually(() => ids().length === 1);
    expect(retries.map(({ failures }) => failures)).toEqual([1, 2, 3]);
    expect(retries[0]?.error.message).toBe('the feed cannot be read: fetch failed: other side closed (UND_ERR_SOCKET)');
    expect(retries[1]?.error).toMatchObject({ code: 'COMMON_SERVICE_UNAVAILABLE', details: { status: 503 } });
    expect(retries[1]?.delayMs).toBeGreaterThanOrEqual(1_000);
    expect(retries[2]?.delayMs).toBeGreaterThanOrEqual(1_000);
  });

  test.each([
    [401, 'REGISTRATION_CREDENTIALS_INVALID'],
    [403, 'COMMON_ACCESS_DENIED'],
    [422, 'COMMON_REQUEST_INVALID'],
  ] as const)('ends with the refusal of a request that will never succeed: %d', async (status, code) => {
    const { server, source, retries } = await open();
    server.disturb = (_request, response) => {
      response.writeHead(status, { 'content-type': 'application/problem+json' }).end(JSON.stringify({ code, detail: 'no' }));
      return true;
    };
    const error = await gather(source).ended;
    expect(error).toBeInstanceOf(OdstError);
    expect(error).toMatchObject({ code, details: { status } });
    expect(retries).toEqual([]);
  });

  test('reads pages where something answers without a stream, or lets none through', async () => {
    for (const gathers of [true, false]) {
      const { server, source, retries } = await open({ firstByteMs: 200 });
      server.grow(2);
      server.disturb = (request, response) => {
        if (request.headers.accept !== 'text/event-stream') return false;
        // What gathers the answer sends nothing of it; what does not know streams asks for JSON.
        if (!gathers) response.writeHead(200, { 'content-type': 'application/json' }).end('{"items":[],"next":"0"}');
        return true;
      };
      const { ids } = gather(source);
      await eventually(() => ids().length === 2);
      server.grow(4);
      await eventually(() => ids().length === 4);
      expect(ids()).toEqual(idsTo(4));
      expect(server.requests.filter((request) => request.startsWith('stream'))).toHaveLength(1);
      expect(retries).toEqual([]);
    }
  });

  test('gives a stream up that fell silent', async () => {
    const { server, source, retries } = await open({ silenceMs: 100 });
    server.grow(1);
    const { ids } = gather(source);
    await eventually(() => retries.length >= 2);
    server.grow(2);
    await eventually(() => ids().length === 2);
    expect(ids()).toEqual(idsTo(2));
  });

  test('moves its position over what the filter left out', async () => {
    const { server } = await open();
    const source = createHttpEventSource({ url: server.url, types: ['org.odst.storage.BlobVerified.v1'] });
    server.grow(9);
    const { items } = gather(source);
    await eventually(() => items.at(-1)?.position === '9'.padStart(20, '0'));
    expect(items.every(({ event }) => event === undefined)).toBe(true);
  });

  test('notices that the server lost what it had, also when it has issued the numbers again', async () => {
    const { server, source } = await open();
    server.grow(5);
    const before = gather(source);
    await eventually(() => before.ids().length === 5);
    const after = before.items.findLast(({ event }) => event !== undefined)?.position ?? '';
    before.abort();
    server.events.splice(3);
    expect(await gather(source, { after }).ended).toMatchObject({ code: 'EVENTS_FEED_RESET' });
    for (let number = 4; number <= 9; number += 1) server.events.push(feedEvent(number, undefined, `another-${number}`));
    expect(await gather(source, { after }).ended).toMatchObject({ code: 'EVENTS_FEED_RESET' });
  });

  test.each([
    [{ username: 'häns', password: 'a:b' }, 'Basic aMOkbnM6YTpi'],
    [{ headers: async () => ({ authorization: 'Own x' }) }, 'Own x'],
  ])('logs in with %o', async (login, authorization) => {
    const { server, source } = await open({ login });
    server.grow(1);
    const { ids } = gather(source);
    await eventually(() => ids().length === 1);
    expect(server.headers.map((headers) => headers.authorization)).toEqual([authorization]);
  });

  test('lets go of the request when its consumer leaves', async () => {
    const { server, source } = await open();
    server.grow(1);
    for await (const { event } of source.read('beginning', new AbortController().signal)) if (event !== undefined) break;
    await eventually(() => server.openStreams === 0);
    expect(server.requests).toEqual(['stream 0']);
  });

  test('ends with what is no event, as of another server', async () => {
    const { server, source } = await open();
    server.disturb = (_request, response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' }).write('data: {"hello":"world"}\n\n');
      return true;
    };
    expect(await gather(source).ended).toMatchObject({ code: 'COMMON_EVENT_UNKNOWN' });
  });

  test('refuses a URL that is none', () => {
    expect(() => createHttpEventSource({ url: 'ods.example.org' })).toThrow(OdstError);
  });
});
