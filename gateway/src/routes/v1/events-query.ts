import { OdstError } from '@odst/kernel';
import type { FastifyRequest } from 'fastify';
import Negotiator from 'negotiator';
import type { FeedQuery } from '../../events-feed/event-feed.ts';
import { typeFilter } from '../../events-feed/type-filter.ts';

const maxPageBytes = 16 * 1_048_576;

/** The query string of the feed. */
export type EventsQuery = { readonly after: string; readonly limit: number; readonly types?: string | readonly string[] };

/** What a request of the feed asks for; without `after` when it asks for what comes from now on. */
export type FeedRequest = Omit<FeedQuery, 'after'> & { readonly after: bigint | undefined };

/** Reads a request of the feed. @throws OdstError COMMON_REQUEST_INVALID for an event that there is not */
export function eventsQuery({ after, limit, types }: EventsQuery): FeedRequest {
  return {
    after: after === 'latest' ? undefined : BigInt(after),
    limit,
    maxBytes: maxPageBytes,
    filter: typeFilter(types),
  };
}

/** Where a stream begins: what the reader got last wins over where it once began, as it asks for the same URL again. */
export function lastEventId({ headers }: FastifyRequest): bigint | undefined {
  const header = headers['last-event-id'];
  if (header === undefined || header === '') return undefined;
  if (typeof header === 'string' && /^\d{1,20}$/.test(header)) return BigInt(header);
  throw new OdstError('COMMON_REQUEST_INVALID', 'Last-Event-ID is a feedsequence, up to 20 digits', {
    pointer: '/Last-Event-ID',
  });
}

/** Whether `Accept` (RFC 9110 §12.5.1) prefers the live stream; of equal weights, what it names first. */
export function wantsStream({ headers }: FastifyRequest): boolean {
  return new Negotiator({ headers }).mediaType(['application/json', 'text/event-stream']) === 'text/event-stream';
}
