import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { onTestFinished } from 'vitest';
import type { ServerEvent } from '../../src/events/event-message.ts';
import { digits, feedEvent } from '../feed-event.ts';

/** A server that has a feed and nothing else, and does to it what tests want. */
export type FeedServer = {
  readonly url: string;
  readonly events: ServerEvent[];
  /** Every request so far, as `stream 3` or `pages 3`. */
  readonly requests: string[];
  readonly headers: IncomingMessage['headers'][];
  /** Answers requests instead of the feed while it gives true. */
  disturb: (request: IncomingMessage, response: ServerResponse) => boolean;
  /** Adds events up to a number, and tells the streams. */
  grow(last: number): void;
  /** Breaks the open streams off, or ends them. */
  cut(how: 'break' | 'end'): void;
  readonly openStreams: number;
};

/** Starts it for the rest of the test. */
export async function startFeedServer(): Promise<FeedServer> {
  const streams = new Map<ServerResponse, { after: number; types: readonly string[] }>();
  const events: ServerEvent[] = [];
  const requests: string[] = [];
  const headers: IncomingMessage['headers'][] = [];
  const matching = (after: number, types: readonly string[]) =>
    events.filter(({ feedsequence, type }) => Number(feedsequence) > after && (types.length === 0 || types.includes(type)));
  const send = (response: ServerResponse, stream: { after: number; types: readonly string[] }): void => {
    for (const event of matching(stream.after, stream.types)) {
      response.write(`id: ${event.feedsequence}\ndata: ${JSON.stringify(event)}\n\n`);
    }
    if (stream.after < events.length) response.write(`id: ${digits(events.length)}\n\n`);
    stream.after = events.length;
  };
  const answer = (request: IncomingMessage, response: ServerResponse): void => {
    const query = new URL(request.url ?? '', 'http://x').searchParams;
    const wantsStream = request.headers.accept === 'text/event-stream';
    const from = wantsStream ? (request.headers['last-event-id'] ?? query.get('after')) : query.get('after');
    const after = from === 'latest' ? events.length : Number(from ?? 0);
    const types = (query.get('types') ?? '').split(',').filter((name) => name !== '');
    requests.push(`${wantsStream ? 'stream' : 'pages'} ${after}`);
    headers.push(request.headers);
    if (server.disturb(request, response)) return;
    if (after > events.length) {
      response.writeHead(410, { 'content-type': 'application/problem+json' });
      response.end(JSON.stringify({ code: 'EVENTS_FEED_RESET', detail: 'never issued' }));
    } else if (wantsStream) {
      response.writeHead(200, { 'content-type': 'text/event-stream' }).write('retry: 1000\n\n');
      const stream = { after, types };
      streams.set(response, stream);
      response.on('close', () => streams.delete(response));
      send(response, stream);
    } else {
      const limit = Number(query.get('limit') ?? 100);
      const items = matching(after, types).slice(0, limit);
      const next = items.length === limit ? items.at(-1)?.feedsequence : digits(events.length);
      response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify({ items, next }));
    }
  };
  const http = createServer(answer).listen(0, '127.0.0.1');
  await once(http, 'listening');
  onTestFinished(() => {
    http.closeAllConnections();
    http.close();
  });
  const server: FeedServer = {
    url: `http://127.0.0.1:${(http.address() as AddressInfo).port}`,
    events,
    requests,
    headers,
    disturb: () => false,
    grow(last) {
      for (let number = events.length + 1; number <= last; number += 1) events.push(feedEvent(number));
      for (const [response, stream] of streams) send(response, stream);
    },
    cut(how) {
      for (const response of streams.keys()) how === 'end' ? response.end() : response.destroy();
    },
    get openStreams() {
      return streams.size;
    },
  };
  return server;
}
