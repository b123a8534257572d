import type { IncomingHttpHeaders } from 'node:http';

/** What a client may compare with: the validators of what would be served. */
export type Validators = { readonly etag: string; readonly lastModified: Date };

/** What the preconditions of a request mean: go on, 304 or 412. */
export type PreconditionOutcome = 'proceed' | 'not-modified' | 'failed';

/** Evaluates the preconditions of a GET or HEAD in the order of RFC 9110 §13.2.2. */
export function evaluatePreconditions(headers: IncomingHttpHeaders, validators: Validators): PreconditionOutcome {
  const ifMatch = headers['if-match'];
  if (ifMatch !== undefined) {
    if (!listMatches(ifMatch, validators.etag, 'strong')) return 'failed';
  } else {
    const unmodifiedSince = parseDate(headers['if-unmodified-since']);
    if (unmodifiedSince !== undefined && wholeSeconds(validators.lastModified) > unmodifiedSince) return 'failed';
  }
  const ifNoneMatch = headers['if-none-match'];
  if (ifNoneMatch !== undefined) return listMatches(ifNoneMatch, validators.etag, 'weak') ? 'not-modified' : 'proceed';
  const modifiedSince = parseDate(headers['if-modified-since']);
  return modifiedSince !== undefined && wholeSeconds(validators.lastModified) <= modifiedSince ? 'not-modified' : 'proceed';
}

/** Whether a Range header counts: without If-Range always, else only for the very same representation (RFC 9110 §13.1.5). */
export function rangeApplies(ifRange: string | string[] | undefined, validators: Validators): boolean {
  if (ifRange === undefined) return true;
  if (typeof ifRange !== 'string') return false;
  // A date is a weak validator here, as the bytes may change twice in a second; so only the tag will do.
  return ifRange === validators.etag;
}

function listMatches(list: string, etag: string, comparison: 'strong' | 'weak'): boolean {
  if (list.trim() === '*') return true;
  return list.split(',').some((item) => {
    const tag = item.trim();
    return tag === etag || (comparison === 'weak' && tag === `W/${etag}`);
  });
}

function parseDate(value: string | undefined): number | undefined {
  const time = value === undefined ? Number.NaN : Date.parse(value);
  return Number.isNaN(time) ? undefined : time;
}

function wholeSeconds(date: Date): number {
  return Math.floor(date.getTime() / 1000) * 1000;
}
