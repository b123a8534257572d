import { translateDatabaseError } from '@odst/backbone';
import type { BusMessage, CloudEvent } from '@odst/event-bus';
import { OdstError } from '@odst/kernel';
import type { Pool } from 'pg';
import { eventName, isFullEventType } from './event-type.ts';

/** An event of the feed: a CloudEvent with its place in this server's feed. */
export type FeedEvent = CloudEvent & {
  /** Contiguous number per server, from 1, as 20 digits. */
  readonly feedsequence: string;
};

/** A page of the feed. */
export type FeedPage = {
  readonly items: readonly FeedEvent[];
  /** Cursor for the next page: the feedsequence that was read up to. */
  readonly next: string;
};

/** The record behind `GET /api/v1/events`. */
export interface EventFeed {
  /** Adds an event once, under the next number; adding it again changes nothing. */
  add(message: BusMessage): Promise<void>;
  /**
   * Events after a feedsequence, oldest first.
   * @param types short (`PackageUploaded`) or full (`org.odst.catalog.PackageUploaded.v1`) names; none for all
   * @throws OdstError EVENTS_FEED_RESET when `after` was never issued; COMMON_DATABASE_UNAVAILABLE
   */
  read(after: bigint, limit: number, types: readonly string[]): Promise<FeedPage>;
}

const sequenceDigits = 20;

/** Builds the feed over the gateway's schema. Safe for several gateways: the counter row orders their writes. */
export function createEventFeed(pool: Pool): EventFeed {
  return {
    async add({ topic, position, event }) {
      const client = await pool.connect().catch(translated);
      try {
        await client.query('BEGIN');
        await client.query('SELECT last FROM event_feed_counter FOR UPDATE');
        const inserted = await client.query(
          `INSERT INTO event_feed (feedsequence, topic, position, event_name, event)
           SELECT last + 1, $1, $2, $3, $4 FROM event_feed_counter
           ON CONFLICT (topic, position) DO NOTHING`,
          [topic, position.toString(), eventName(event.type), JSON.stringify(event)],
        );
        if (inserted.rowCount === 1) await client.query('UPDATE event_feed_counter SET last = last + 1');
        await client.query('COMMIT');
      } catch (error) {
        // Where the connection broke, the database has rolled back by itself, and the pool drops the connection.
        await client.query('ROLLBACK').catch(() => undefined);
        throw translateDatabaseError(error);
      } finally {
        client.release();
      }
    },

    async read(after, limit, types) {
      const counter = await pool.query<{ last: string }>('SELECT last FROM event_feed_counter').catch(translated);
      const last = BigInt(counter.rows[0]?.last ?? 0);
      if (after > last) {
        throw new OdstError('EVENTS_FEED_RESET', `after=${after} was never issued; the feed ends at ${last}`, {
          last: last.toString(),
        });
      }
      const page = pool.query<{ feedsequence: string; event: CloudEvent }>(
        `SELECT feedsequence, event FROM event_feed
         WHERE feedsequence > $1 AND feedsequence <= $2
           AND (cardinality($3::text[]) + cardinality($4::text[]) = 0 OR event_name = ANY($3::text[]) OR event->>'type' = ANY($4::text[]))
         ORDER BY feedsequence LIMIT $5`,
        [after.toString(), last.toString(), types.filter((type) => !isFullEventType(type)), types.filter(isFullEventType), limit],
      );
      const { rows } = await page.catch(translated);
      const items = rows.map(({ feedsequence, event }) => ({
        ...event,
        feedsequence: feedsequence.padStart(sequenceDigits, '0'),
      }));
      // A full page may leave matching events behind it; a page that is not full has seen everything up to `last`.
      const next = rows.length === limit ? BigInt(rows.at(-1)?.feedsequence ?? after) : last;
      return { items, next: next.toString().padStart(sequenceDigits, '0') };
    },
  };
}

function translated(error: unknown): never {
  throw translateDatabaseError(error);
}
