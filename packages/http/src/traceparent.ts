import type { FastifyRequest } from 'fastify';

/** W3C Trace Context, `traceparent`: version, trace id, parent id, flags; ids of zeros only are none. */
const form = /^(?!ff)[0-9a-f]{2}-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}$/;

/**
 * The trace that a request belongs to; empty where it names none, or in another form: what a client sends there is stored with
 * the events that the request leads to, and published.
 */
export function traceparentOf({ headers }: Pick<FastifyRequest, 'headers'>): string {
  const { traceparent } = headers;
  return typeof traceparent === 'string' && form.test(traceparent) ? traceparent : '';
}
