import { isTraceparent } from '@odst/telemetry';
import type { FastifyRequest } from 'fastify';

/**
 * The trace that a request belongs to; empty where it names none, or in another form: what a client sends there is stored with
 * the events that the request leads to, and published.
 */
export function traceparentOf({ headers }: Pick<FastifyRequest, 'headers'>): string {
  const { traceparent } = headers;
  return typeof traceparent === 'string' && isTraceparent(traceparent) ? traceparent : '';
}
