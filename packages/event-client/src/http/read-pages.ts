import { pause } from '@odst/async';
import type { SourceItem } from '../event-source.ts';
import { serverEvent } from '../events/event-message.ts';
import type { FeedConnection } from './feed-connection.ts';
import { type HttpPosition, writePosition } from './http-position.ts';

/** How to read the feed. */
export type FeedReading = {
  readonly connection: FeedConnection;
  readonly types: readonly string[];
  readonly position: HttpPosition;
  /** Ends it. */
  readonly signal: AbortSignal;
};

const pageLimit = 500;
const answerLimitMs = 30_000;

/** Of pages. */
export type PagesReading = FeedReading & {
  /** Pause at the end of the feed before it is asked again. */
  readonly intervalMs: number;
  /** When to end, by `performance.now()`. */
  readonly untilMs: number;
};

/**
 * Reads the feed page by page.
 * @throws what the connection throws
 */
export async function* readPages(reading: PagesReading): AsyncGenerator<SourceItem, undefined, void> {
  const { signal, intervalMs, untilMs } = reading;
  for (let { position } = reading; !signal.aborted && performance.now() < untilMs; ) {
    const { items, next } = await readPage(reading, position.after, pageLimit);
    for (const event of items) {
      position = { after: event.feedsequence, seen: { number: event.feedsequence, id: event.id } };
      yield { position: writePosition(position), event };
    }
    if (next !== position.after) {
      position = { ...position, after: next };
      yield { position: writePosition(position) };
    }
    if (items.length < pageLimit) await pause(intervalMs, signal);
  }
  return undefined;
}

/** Reads one page. @param after a feedsequence, or `latest` */
export async function readPage({ connection, types, signal }: Omit<FeedReading, 'position'>, after: string, limit: number) {
  const limited = AbortSignal.any([signal, AbortSignal.timeout(answerLimitMs)]);
  const query = { after, limit: String(limit), ...typesParameter(types) };
  const answer = await connection.get(query, { accept: 'application/json' }, limited);
  const page = (await answer.json()) as { readonly items?: readonly unknown[]; readonly next?: unknown };
  const items = (page.items ?? []).map(serverEvent).map((event) => ({ ...event, feedsequence: event.feedsequence ?? '' }));
  return { items, next: typeof page.next === 'string' ? page.next : after };
}

/** The parameter that filters by type. */
export function typesParameter(types: readonly string[]): Readonly<Record<string, string>> {
  return types.length === 0 ? {} : { types: types.join(',') };
}
