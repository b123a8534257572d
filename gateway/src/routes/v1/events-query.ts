import { OdstError } from '@odst/kernel';
import type { FastifyRequest } from 'fastify';
import Negotiator from 'negotiator';
import type { FeedQuery } from '../../events-feed/event-feed.ts';
import { typeFilter } from '../../events-feed/type-filter.ts';
import { type QueryParameters, wholeNumber } from './query.ts';

/** What the feed can be asked with. */
export const eventsParameters = ['after', 'limit', 'types'] as const;

/** The query string of the feed. */
export type EventsQuery = QueryParameters<(typeof eventsParameters)[number]>;

const defaultLimit = 100;
const maxLimit = 1_000;
const maxPageBytes = 16 * 1_048_576;

/** What a request of the feed asks for; without `after` when it asks for what comes from now on. */
export type FeedRequest = Omit<FeedQuery, 'after'> & { readonly after: bigint | undefined };

/** Reads a request of the feed. @throws OdstError COMMON_REQUEST_INVALID */
export function eventsQuery(query: EventsQuery): FeedRequest {
  const { after = '0', limit, types } = query;
  return {
    after: after === 'latest' ? undefined : position('after', after, ', or latest'),
    limit: wholeNumber('limit', limit, { min: 1, max: maxLimit, fallback: defaultLimit }),
    maxBytes: maxPageBytes,
    filter: typeFilter(types),
  };
}

/** Where a stream begins: what the reader got last wins over where it once began, as it asks for the same URL again. */
export function lastEventId(request: FastifyRequest): bigint | undefined {
  const header = request.headers['last-event-id'];
  return header === undefined || header === '' ? undefined : position('Last-Event-ID', header);
}

/** Whether `Accept` (RFC 9110 §12.5.1) prefers the live stream; of equal weights, what it names first. */
export function wantsStream({ headers }: FastifyRequest): boolean {
  return new Negotiator({ headers }).mediaType(['application/json', 'text/event-stream']) === 'text/event-stream';
}

function position(name: string, value: string | readonly string[], other = ''): bigint {
  if (typeof value === 'string' && /^\d{1,20}$/.test(value)) return BigInt(value);
  throw new OdstError('COMMON_REQUEST_INVALID', `${name} is a feedsequence, up to 20 digits${other}`, { pointer: `/${name}` });
}
