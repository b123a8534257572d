import { OdstError } from '@odst/kernel';

/** A place in the feed of a server. */
export type HttpPosition = {
  /** The feedsequence that was read up to. */
  readonly after: string;
  /** The last event that came. A feed that has another one under this number is not the same feed any more. */
  readonly seen?: { readonly number: string; readonly id: string };
};

const form = /^(?<after>\d{1,20})(?: (?<number>\d{1,20}) (?<id>\S+))?$/;

/** Reads a position; a bare feedsequence is one too. @throws OdstError COMMON_REQUEST_INVALID */
export function parsePosition(text: string): HttpPosition {
  const { after, number, id } = form.exec(text)?.groups ?? {};
  if (after === undefined)
    throw new OdstError('COMMON_REQUEST_INVALID', `${JSON.stringify(text)} is no position of an HTTP feed`);
  return number === undefined || id === undefined ? { after } : { after, seen: { number, id } };
}

/** Writes a position. */
export function writePosition({ after, seen }: HttpPosition): string {
  return seen === undefined || /\s/.test(seen.id) ? after : `${after} ${seen.number} ${seen.id}`;
}
