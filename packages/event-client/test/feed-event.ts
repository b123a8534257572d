import type { ServerEvent } from '../src/events/event-message.ts';

/** A number as it stands in `feedsequence` and `sequence`. */
export const digits = (number: number): string => String(number).padStart(20, '0');

/** An event of the feed. */
export function feedEvent(number: number, type = 'org.odst.catalog.PackagePublished.v1', id = `event-${number}`): ServerEvent {
  return {
    specversion: '1.0',
    id,
    source: 'urn:odst:server:a',
    type,
    subject: 'package-k',
    time: '2026-01-01T00:00:00.000Z',
    datacontenttype: 'application/json',
    dataschema: 'urn:x',
    sequence: digits(number),
    partitionkey: 'k',
    actor: 'account:admin',
    correlationid: 'c',
    feedsequence: digits(number),
    data: { packageId: number },
  };
}
