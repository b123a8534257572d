import { foldedText, OdstError } from '@odst/kernel';

/** What a request says of the page that it wants. */
export type PageQuery = { readonly limit: number; readonly after?: string | undefined };

/** A page of `/api/v1`. */
export type PageOf<T> = { readonly items: T[]; readonly next: string | null };

/**
 * A page of a list that is known as a whole, ordered by a key. A cursor says after which key a page begins, so rows that come and go
 * move no others to another page.
 * @param list tells its cursors from those of other lists
 * @param keyOf different for each item
 * @throws OdstError COMMON_REQUEST_INVALID for what is no cursor of the list
 */
export function pageOf<T>(list: string, all: readonly T[], { limit, after }: PageQuery, keyOf: (item: T) => string): PageOf<T> {
  const from = after === undefined ? undefined : keyIn(list, after);
  const keyed = all.map((item) => ({ item, key: keyOf(item) })).filter(({ key }) => from === undefined || key > from);
  const page = keyed.toSorted((one, other) => (one.key < other.key ? -1 : 1)).slice(0, limit);
  const last = keyed.length > limit ? page.at(-1) : undefined;
  return { items: page.map(({ item }) => item), next: last === undefined ? null : cursorOf(list, last.key) };
}

/** A number as a key: the digits of all are as many. */
export function numberKey(number: number): string {
  return String(number).padStart(16, '0');
}

/** A time as a key, the latest first. */
export function latestKey(time: Date | undefined): string {
  return numberKey(8.64e15 - (time?.getTime() ?? 0));
}

/** Whether one of some texts contains what was searched for, without regard to case and accents. @param q undefined for any */
export function contains(q: string | undefined, texts: readonly string[]): boolean {
  if (q === undefined) return true;
  const wanted = foldedText(q);
  return texts.some((text) => foldedText(text).includes(wanted));
}

function cursorOf(list: string, key: string): string {
  return Buffer.from(JSON.stringify([list, key])).toString('base64url');
}

function keyIn(list: string, cursor: string): string {
  const invalid = () => new OdstError('COMMON_REQUEST_INVALID', 'after is not a cursor of this list', { pointer: '/after' });
  let parts: unknown;
  try {
    parts = JSON.parse(Buffer.from(cursor, 'base64url').toString());
  } catch {
    throw invalid();
  }
  const [of, key] = Array.isArray(parts) ? parts : [];
  if (of !== list || typeof key !== 'string') throw invalid();
  return key;
}
