import type { IncomingHttpHeaders } from 'node:http';
import { parseHttpDate } from './http-date.ts';

/** What a client may compare with: the validators of what would be served. */
export type Validators = {
  /** Strong. */
  readonly etag: string;
  /** When the content came, a whole second; undefined where it has no date. */
  readonly modifiedAt: Date | undefined;
  /**
   * Whether that date is given out as Last-Modified. It belongs to this content alone then, which makes it a strong validator
   * (RFC 9110 §8.8.2.2): no two contents of one name have the same.
   */
  readonly isDateGiven: boolean;
};

/** What the preconditions of a request mean: go on, 304 or 412. */
export type PreconditionOutcome = 'proceed' | 'not-modified' | 'failed';

/** Evaluates the preconditions of a GET or HEAD in the order of RFC 9110 §13.2.2. */
export function evaluatePreconditions(headers: IncomingHttpHeaders, validators: Validators, now: Date): PreconditionOutcome {
  const ifMatch = headers['if-match'];
  if (ifMatch !== undefined) {
    if (!listMatches(ifMatch, validators.etag, 'strong')) return 'failed';
  } else if (modifiedAfter(validators, parseHttpDate(headers['if-unmodified-since'], now))) {
    return 'failed';
  }
  const ifNoneMatch = headers['if-none-match'];
  if (ifNoneMatch !== undefined) return listMatches(ifNoneMatch, validators.etag, 'weak') ? 'not-modified' : 'proceed';
  return hasDate(validators, parseHttpDate(headers['if-modified-since'], now)) ? 'not-modified' : 'proceed';
}

/** Whether a Range header counts: without If-Range always, else only for the very same representation (RFC 9110 §13.1.5). */
export function rangeApplies(ifRange: string | string[] | undefined, validators: Validators, now: Date): boolean {
  if (ifRange === undefined) return true;
  if (typeof ifRange !== 'string') return false;
  return ifRange === validators.etag || hasDate(validators, parseHttpDate(ifRange, now));
}

/**
 * Whether the client has the content of this date. The very date that was given out, not a later one: content that takes the place
 * of other content may be dated before the time at which the client got that.
 */
function hasDate({ modifiedAt, isDateGiven }: Validators, dateMs: number | undefined): boolean {
  return isDateGiven && dateMs !== undefined && dateMs === modifiedAt?.getTime();
}

/** Whether the content came after a date. A date that was not given out with this content may belong to what was there before. */
function modifiedAfter({ modifiedAt, isDateGiven }: Validators, dateMs: number | undefined): boolean {
  if (modifiedAt === undefined || dateMs === undefined) return false;
  return isDateGiven ? modifiedAt.getTime() > dateMs : modifiedAt.getTime() >= dateMs;
}

function listMatches(list: string, etag: string, comparison: 'strong' | 'weak'): boolean {
  if (list.trim() === '*') return true;
  return list.split(',').some((item) => {
    const tag = item.trim();
    return tag === etag || (comparison === 'weak' && tag === `W/${etag}`);
  });
}
