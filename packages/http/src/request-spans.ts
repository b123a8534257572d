import { beginSpan, isTraceparent, isTracing, type Span } from '@odst/telemetry';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';

const spans = new WeakMap<FastifyRequest, Span>();

/**
 * Gives each request a span, which goes on with the trace that the client names or begins one. Quiet routes, which
 * programs ask all the time, begin none. The span names the route, not the path: paths and queries hold what clients sent.
 */
export function traceRequests(app: FastifyInstance): void {
  app.addHook('onRequest', (request, reply, done) => {
    const parent = traceparentOf(request);
    if (!isTracing() || (parent === '' && request.routeOptions.config.quiet === true)) {
      done();
      return;
    }
    const span = beginRequest(request, parent);
    spans.set(request, span);
    reply.raw.once('close', () => endRequest(span, reply));
    span.run(done);
  });
}

/** Runs what belongs to a request in its span, where it has one. */
export function inRequestSpan<T>(request: FastifyRequest, work: () => T): T {
  const span = spans.get(request);
  return span === undefined ? work() : span.run(work);
}

/** What finds a request in the server's log, and its trace where it has one. */
export function traceIdOf(request: FastifyRequest): string {
  return spans.get(request)?.traceId ?? request.id;
}

/** Notes why a request is answered with a problem. */
export function noteFailure(request: FastifyRequest, error: unknown): void {
  spans.get(request)?.failed(error);
}

/**
 * The trace that a request belongs to; empty where it names none, or in another form: what a client sends there is stored with
 * the events that the request leads to, and published.
 */
export function traceparentOf({ headers }: Pick<FastifyRequest, 'headers'>): string {
  const { traceparent } = headers;
  return typeof traceparent === 'string' && isTraceparent(traceparent) ? traceparent : '';
}

function beginRequest({ method, routeOptions }: FastifyRequest, parent: string): Span {
  const { url: route } = routeOptions;
  const attributes = { 'http.request.method': method, ...(route === undefined ? {} : { 'http.route': route }) };
  return beginSpan({ name: route === undefined ? method : `${method} ${route}`, kind: 'server', parent, attributes });
}

function endRequest(span: Span, { raw }: FastifyReply): void {
  if (raw.headersSent) span.set({ 'http.response.status_code': raw.statusCode });
  if (!raw.writableEnded) span.set({ 'error.type': 'aborted' });
  span.end();
}
