import { Readable } from 'node:stream';
import { readEvents, routeOf } from '@odst/api';
import type { HttpApp } from '@odst/http';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { actionOf, principalOf } from '../../admission.ts';
import type { FeedPage, FeedQuery } from '../../events-feed/event-feed.ts';
import { eventStream } from '../../events-feed/event-stream.ts';
import { followFeed } from '../../events-feed/follow-feed.ts';
import { createOpenStreams, type OpenStreams } from '../../events-feed/open-streams.ts';
import { whileAllowed } from '../../events-feed/while-allowed.ts';
import type { RouteDeps } from '../../route-deps.ts';
import { eventsQuery, lastEventId, wantsStream } from './events-query.ts';

/** What of the feed a stream holds in memory. */
export const streamPage = { limit: 200, maxBytes: 1_048_576 };
/** Of the bytes that wait for a reader. */
export const streamBufferBytes = 65_536;
/** Longest silence of a stream. */
export const defaultHeartbeatMs = 15_000;
/** Streams of the feed that one caller may have open. */
const mostOfCaller = 100;

/** `GET /api/v1/events?after=<feedsequence>&limit=&types=`: what happened, oldest first; with `Accept: text/event-stream` live. */
export function eventsRoutes(app: HttpApp, deps: RouteDeps): void {
  const { feed } = deps;
  const streams = createOpenStreams(app, mostOfCaller);
  app.route({
    ...routeOf(readEvents),
    handler: async (request, reply) => {
      const query = eventsQuery(request.query);
      // A cache that knows of one form only would give it for the other.
      reply.header('vary', 'accept');
      if (!wantsStream(request)) {
        const { items, next } = await feed.read({ ...query, after: query.after ?? (await feed.last()) });
        return { items, next };
      }
      const after = lastEventId(request) ?? query.after ?? (await feed.last());
      return reply.send(await openStream(request, reply, deps, { streams, query: { ...query, ...streamPage, after } }));
    },
  });
}

async function openStream(
  request: FastifyRequest,
  reply: FastifyReply,
  { authorizer, feed, eventStreamHeartbeatMs: heartbeatMs = defaultHeartbeatMs }: RouteDeps,
  { streams, query }: { readonly streams: OpenStreams; readonly query: FeedQuery },
): Promise<Readable | undefined> {
  // A feed that was reset, or a database that is away, is told with a status as long as there is one to be told with.
  await feed.read({ ...query, limit: 1 });
  // nginx: this answer is not to be gathered.
  reply.type('text/event-stream').header('cache-control', 'no-store').header('x-accel-buffering', 'no');
  if (request.method === 'HEAD') return undefined;
  // Whoever only looks on does not keep a session alive.
  delete request.headers['odst-active'];
  const signal = streams.add(reply, principalOf(request).actor);
  const elapsedMs = () => performance.now();
  const pages = followFeed(feed, { ...query, signal, idleMs: heartbeatMs / 3 });
  const allowed = whileAllowed<FeedPage>(pages, () => authorizer.authorize(request, actionOf(request)), elapsedMs);
  const text = eventStream(allowed, { after: query.after, heartbeatMs, elapsedMs });
  return Readable.from(text, { objectMode: false, highWaterMark: streamBufferBytes });
}
