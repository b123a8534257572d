import { OdstError } from '@odst/kernel';
import type { FastifyRequest } from 'fastify';
import type { FeedQuery } from '../../events-feed/event-feed.ts';
import { typeFilter } from '../../events-feed/type-filter.ts';
import { wholeNumber } from './query.ts';

/** The query string; a parameter that stands there twice is a list. */
export type EventsQuery = Readonly<Partial<Record<'after' | 'limit' | 'types', string | readonly string[]>>>;

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
    // A list is no number, and is told so.
    limit: wholeNumber('limit', limit?.toString(), { min: 1, max: maxLimit, fallback: defaultLimit }),
    maxBytes: maxPageBytes,
    filter: typeFilter(types),
  };
}

/** Where a stream begins: what the reader got last wins over where it once began, as it asks for the same URL again. */
export function lastEventId(request: FastifyRequest): bigint | undefined {
  const header = request.headers['last-event-id'];
  return header === undefined || header === '' ? undefined : position('Last-Event-ID', header);
}

/** Whether `Accept` asks for the live stream. */
export function wantsStream({ headers: { accept = '' } }: FastifyRequest): boolean {
  return accept.split(',').some((range) => {
    const [type = '', ...parameters] = range.split(';').map((part) => part.trim().toLowerCase());
    return type === 'text/event-stream' && !parameters.some((parameter) => /^q=0(\.0*)?$/.test(parameter));
  });
}

function position(name: string, value: string | readonly string[], other = ''): bigint {
  if (typeof value === 'string' && /^\d{1,20}$/.test(value)) return BigInt(value);
  throw new OdstError('COMMON_REQUEST_INVALID', `${name} is a feedsequence, up to 20 digits${other}`, { pointer: `/${name}` });
}
