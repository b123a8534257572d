import { OdstError } from '@odst/kernel';
import type { FastifyRequest } from 'fastify';

/** A query string with some of these; a parameter that stands there twice is a list. */
export type QueryParameters<Name extends string> = Readonly<Partial<Record<Name, string | readonly string[]>>>;

/** Of a name in a message. */
const maxShownLength = 100;

/**
 * The query string of a request of `/api/v1`, once who asks has the right to. A parameter that the route does not have is a
 * mistake: passed over, it would give another answer than was asked for.
 * @param known the parameters of the route
 * @throws OdstError COMMON_REQUEST_INVALID for any other
 */
export function queryOf<Name extends string = never>(
  request: FastifyRequest,
  known: readonly Name[] = [],
): QueryParameters<Name> {
  const query = request.query as QueryParameters<Name>;
  const stranger = Object.keys(query).find((name) => !known.some((one) => one === name));
  if (stranger === undefined) return query;
  const shown = stranger.slice(0, maxShownLength);
  const there = known.length === 0 ? 'there are none here' : `there are ${known.join(', ')}`;
  throw new OdstError('COMMON_REQUEST_INVALID', `there is no parameter ${shown}: ${there}`, {
    // RFC 6901 §3
    pointer: `/${shown.replaceAll('~', '~0').replaceAll('/', '~1')}`,
  });
}

/** Reads a whole number. @throws OdstError COMMON_REQUEST_INVALID outside `min`…`max`, and for a list */
export function wholeNumber(
  name: string,
  value: string | readonly string[] | undefined,
  range: { min: number; max: number; fallback: number },
): number {
  if (value === undefined) return range.fallback;
  const number = typeof value === 'string' && /^\d{1,15}$/.test(value) ? Number(value) : Number.NaN;
  if (number >= range.min && number <= range.max) return number;
  throw new OdstError('COMMON_REQUEST_INVALID', `${name} is a whole number from ${range.min} to ${range.max}`, {
    pointer: `/${name}`,
  });
}
