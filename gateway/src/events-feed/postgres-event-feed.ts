import { createAppendSignal } from '@odst/backbone';
import type { CloudEvent } from '@odst/event-bus';
import { OdstError } from '@odst/kernel';
import { type Listener, queryRows } from '@odst/postgres';
import type { Logger } from '@odst/telemetry';
import type { Pool, QueryResultRow } from 'pg';
import { type EventFeed, type FeedPage, type FeedQuery, feedSequence } from './event-feed.ts';
import { shareReads } from './share-reads.ts';
import { eventName, type TypeFilter } from './type-filter.ts';

/** What the feed is made of. */
export type PostgresEventFeedOptions = {
  /** Connections of the gateway's role, `search_path` set to its schema. */
  readonly pool: Pool;
  /** Where the process hears of others. Default a further connection, while somebody reads. */
  readonly listener?: Listener | undefined;
  readonly logger: Logger;
};

type PageRow = { last: string; feedsequence: string | null; event: CloudEvent; candidates: string };

const channel = 'odst_event_feed';
/** Numbers beyond it were never issued; the database cannot even compare with them. */
const highestNumber = 2n ** 63n - 1n;

/**
 * The first attribute `type` of the text: that of the event, as its data come last. PostgreSQL reads no attribute of an event in
 * which some text has a \\u0000.
 */
const fullType = `substring(event::text FROM '"type":"([^"]*)"')`;

/** The end of the feed and a page of it, of one moment. */
const pageStatement = `
  SELECT head.last, page.feedsequence, page.event, page.candidates
  FROM (SELECT coalesce(max(feedsequence), 0) AS last FROM event_feed) head
  LEFT JOIN (
    SELECT feedsequence, event, count(*) OVER () AS candidates,
      sum(octet_length(event::text)) OVER (ORDER BY feedsequence) - octet_length(event::text) AS bytes_before
    FROM (SELECT feedsequence, event FROM event_feed WHERE feedsequence > $1 %filter% ORDER BY feedsequence LIMIT $2) candidate
  ) page ON page.bytes_before < $3
  ORDER BY page.feedsequence`;
const allEvents = pageStatement.replace('%filter%', '');
const someEvents = pageStatement.replace(
  '%filter%',
  `AND event_name = ANY($4::text[]) AND (event_name = ANY($5::text[]) OR ${fullType} = ANY($6::text[]))`,
);

const eventsScanned = 10_000n;
/** The first attribute of the name, as with the type. */
const time = `substring(event::text FROM '"time":"([^"]*)"')::timestamptz`;
const actsStatement = `
  SELECT feedsequence, event FROM event_feed
  WHERE feedsequence < $1 AND feedsequence >= $2 AND actor ~ '^(account:|token:|machine$)'
    AND ($3 = '' OR actor = $3) AND position(lower($4) IN lower(event::text)) > 0
    AND (cardinality($6::text[]) = 0 OR event_name = ANY ($6))
    AND ($7::timestamptz IS NULL OR ${time} >= $7) AND ($8::timestamptz IS NULL OR ${time} < $8)
  ORDER BY feedsequence DESC LIMIT $5`;
const activityStatement = `
  SELECT feedsequence, event FROM event_feed
  WHERE feedsequence < $1 AND feedsequence >= $2 AND event_name = ANY ($3) AND ($4 = '' OR actor = $4)
    AND ($5 = '' OR position($5 IN event::text) > 0) %subject%
  ORDER BY feedsequence DESC LIMIT $6`;
const allActivity = activityStatement.replace('%subject%', '');
const activityOfSubject = activityStatement.replace('%subject%', "AND subject = $7 AND subject LIKE 'package-%'");

/** Builds the feed over the gateway's schema. Safe for several gateways. */
export function createEventFeed({ pool, logger, listener }: PostgresEventFeedOptions): EventFeed {
  const rows = <Row extends QueryResultRow>(name: string, text: string, values: readonly unknown[]) =>
    queryRows<Row>(pool, { name, text, values });
  const last = async (): Promise<bigint> => {
    const text = 'SELECT max(feedsequence) AS last FROM event_feed';
    const [row] = await rows<{ last: string | null }>('end of event feed', text, []);
    return BigInt(row?.last ?? 0);
  };
  const page = async ({ after, limit, maxBytes, filter }: FeedQuery): Promise<FeedPage> => {
    const from = after > highestNumber ? highestNumber : after;
    const bounds = [from.toString(), limit, maxBytes];
    const found = await (isEmpty(filter)
      ? rows<PageRow>('page of event feed', allEvents, bounds)
      : rows<PageRow>('filtered page of event feed', someEvents, [...bounds, ...namesOf(filter)]));
    return pageOf(found, after, limit);
  };

  /** The numbers that a page of what is newest looks at: below `from`, from `lowest` on. */
  const windowBefore = async (before: bigint): Promise<{ readonly from: bigint; readonly lowest: bigint }> => {
    const end = (await last()) + 1n;
    const from = before < end ? before : end;
    return { from, lowest: from > eventsScanned ? from - eventsScanned : 1n };
  };

  const signal = createAppendSignal({ pool, channel, lastPosition: last, logger, listener });
  const shared = shareReads(page);
  return {
    async add(messages) {
      const [first] = messages;
      if (first === undefined) return;
      const [row] = await rows<{ added: string }>(
        'add to event feed',
        'SELECT add_to_event_feed($1, $2, $3, $4, $5, $6) AS added',
        [
          first.topic,
          messages.map(({ position }) => position.toString()),
          messages.map(({ event }) => eventName(event.type)),
          messages.map(({ event: { data, ...attributes } }) => JSON.stringify({ ...attributes, data })),
          messages.map(({ event }) => textOf(event.subject)),
          messages.map(({ event }) => textOf(event.actor)),
        ],
      );
      if (row?.added !== '0') signal.appended();
    },
    read: (query) => shared.read(query),
    async readActs({ before, limit, actor, text, names, since, until }) {
      const bounds = await windowBefore(before);
      const [from, lowest] = [bounds.from.toString(), bounds.lowest.toString()];
      const values = [from, lowest, actor, text, limit, names, since ?? null, until ?? null];
      return pageBefore(await rows<FoundRow>('acts of event feed', actsStatement, values), limit, bounds.lowest);
    },
    async readActivity({ before, limit, names, subject, actor, text }) {
      const bounds = await windowBefore(before);
      const values = [bounds.from.toString(), bounds.lowest.toString(), names, actor, text, limit];
      if (subject === '') {
        return pageBefore(await rows<FoundRow>('activity of event feed', allActivity, values), limit, bounds.lowest);
      }
      // What one thing went through stands together in an index.
      const ofSubject = [...values.with(1, '1'), subject];
      return pageBefore(await rows<FoundRow>('activity of a subject', activityOfSubject, ofSubject), limit, 1n);
    },
    last,
    onAdded: (listener) =>
      signal.listen(() => {
        shared.forget();
        listener();
      }),
    [Symbol.asyncDispose]: () => signal[Symbol.asyncDispose](),
  };
}

type FoundRow = { readonly feedsequence: string; readonly event: CloudEvent };

/** A page of the newest, down to `lowest`. */
function pageBefore(found: readonly FoundRow[], limit: number, lowest: bigint) {
  const items = found.map(({ feedsequence, event }) => ({ ...event, feedsequence: feedSequence(BigInt(feedsequence)) }));
  const seen = items.length === limit ? BigInt(items.at(-1)?.feedsequence ?? lowest) : lowest;
  return { items, next: seen > 1n ? seen : 0n };
}

/** Text of PostgreSQL has no NUL. */
function textOf(text: string): string {
  return text.replaceAll('\0', '');
}

function isEmpty({ names, fullNames }: TypeFilter): boolean {
  return names.length + fullNames.length === 0;
}

/** For the index, which has short names; then those of which any version will do; then the others. */
function namesOf({ names, fullNames }: TypeFilter): readonly (readonly string[])[] {
  return [[...names, ...fullNames.map(eventName)], names, fullNames];
}

function pageOf(found: readonly PageRow[], after: bigint, limit: number): FeedPage {
  const end = BigInt(found[0]?.last ?? 0);
  if (after > end) {
    throw new OdstError('EVENTS_FEED_RESET', `after=${after} was never issued; the feed ends at ${end}`, {
      last: end.toString(),
    });
  }
  const items = found.flatMap(({ feedsequence, event }) =>
    feedsequence === null ? [] : [{ ...event, feedsequence: feedSequence(BigInt(feedsequence)) }],
  );
  // Behind a full page there may be more that match; a page that is not full has seen everything.
  const isFull = items.length === limit || items.length < Number(found[0]?.candidates ?? 0);
  const next = isFull ? BigInt(items.at(-1)?.feedsequence ?? after) : end;
  return { items, next: feedSequence(next), atEnd: next === end };
}
