import { Readable } from 'node:stream';
import { followChanges, routeOf } from '@odst/api';
import { systemTimers } from '@odst/async';
import type { HttpApp } from '@odst/http';
import { actionOf, principalOf } from '../../admission.ts';
import { eventStream } from '../../events-feed/event-stream.ts';
import { createOpenStreams } from '../../events-feed/open-streams.ts';
import { whileAllowed } from '../../events-feed/while-allowed.ts';
import { followLive, type LivePage } from '../../live/follow-live.ts';
import { createLiveHub } from '../../live/live-hub.ts';
import type { RouteDeps } from '../../route-deps.ts';
import { defaultHeartbeatMs, streamBufferBytes, streamPage } from './events.ts';
import { eventsQuery, lastEventId } from './events-query.ts';

/** A browser with many tabs, and a proxy that names every caller alike. */
const mostOfCaller = 32;

/** `GET /api/v1/stream`: all that changes, for browsers. */
export function streamRoutes(app: HttpApp, deps: RouteDeps): void {
  const { clients, authorizer, feed, eventStreamHeartbeatMs: heartbeatMs = defaultHeartbeatMs } = deps;
  const elapsedMs = () => performance.now();
  const streams = createOpenStreams(app, mostOfCaller);
  const hub = createLiveHub({
    ...{ clients, timers: systemTimers, elapsedMs },
    warn: (error) => app.log.warn({ err: error }, 'the progress of transfers cannot be followed; it is tried again'),
  });
  app.addHook('onClose', () => hub[Symbol.asyncDispose]());
  app.route({
    ...routeOf(followChanges),
    handler: async (request, reply) => {
      const asked = eventsQuery({ ...request.query, limit: streamPage.limit });
      const after = lastEventId(request) ?? asked.after ?? (await feed.last());
      const query = { ...asked, ...streamPage, after };
      // What cannot be told any more once the stream has begun is told with a status.
      await feed.read({ ...query, limit: 1 });
      reply.type('text/event-stream').header('cache-control', 'no-store').header('x-accel-buffering', 'no');
      if (request.method === 'HEAD') return reply.send(undefined);
      // Whoever only looks on does not keep a session alive.
      delete request.headers['odst-active'];
      const signal = streams.add(reply, principalOf(request).actor);
      const pages = followLive(feed, hub, { ...query, signal, idleMs: heartbeatMs / 3 });
      const allowed = whileAllowed<LivePage>(pages, () => authorizer.authorize(request, actionOf(request)), elapsedMs);
      const text = eventStream(allowed, { after, heartbeatMs, elapsedMs, isAliveTold: true });
      return reply.send(Readable.from(text, { objectMode: false, highWaterMark: streamBufferBytes }));
    },
  });
}
