import type { BusMessage } from '@odst/event-bus';
import { queryRows } from '@odst/postgres';
import { createSilentLogger } from '@odst/telemetry';
import { onTestFinished } from 'vitest';
import type { EventFeed } from '../../src/events-feed/event-feed.ts';
import { createEventFeed } from '../../src/events-feed/postgres-event-feed.ts';
import { gatewayDatabase } from '../support/gateway-database.ts';

/** A database with the gateway's tables. */
export type FeedDatabase = AsyncDisposable & {
  /** The feed of one more gateway, for the rest of the test. */
  openFeed(): EventFeed;
  /** Removes all events. */
  clear(): Promise<unknown>;
};

/** Makes the database. */
export async function feedDatabase(): Promise<FeedDatabase> {
  const logger = createSilentLogger();
  const { pool, ...database } = await gatewayDatabase();
  return {
    openFeed() {
      const feed = createEventFeed({ pool, logger });
      onTestFinished(() => feed[Symbol.asyncDispose]());
      return feed;
    },
    clear: () => queryRows(pool, 'TRUNCATE event_feed'),
    ...database,
  };
}

/** An event of a service as the bus brings it; its id is `<service>-<position>`. */
export function message(
  position: number,
  name = 'PackageUploaded',
  service = 'catalog',
  data: BusMessage['event']['data'] = { filename: 'Ünï.pkg' },
): BusMessage {
  return {
    topic: `odst.${service}.v1`,
    key: 'k',
    position: BigInt(position),
    event: {
      specversion: '1.0',
      id: `${service}-${position}`,
      source: 'urn:odst:server:a',
      type: `org.odst.${service}.${name}.v1`,
      subject: 'package-k',
      time: '2026-01-01T00:00:00.000Z',
      datacontenttype: 'application/json',
      dataschema: 'urn:x',
      sequence: String(position).padStart(20, '0'),
      partitionkey: 'k',
      actor: 'account:admin',
      correlationid: 'c',
      data,
    },
  };
}

/** 1 to `last`. */
export const upTo = (last: number): number[] => Array.from({ length: last }, (_, index) => index + 1);

/** A feedsequence as it is written. */
export const digits = (number: number): string => String(number).padStart(20, '0');
