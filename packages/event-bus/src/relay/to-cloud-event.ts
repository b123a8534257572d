import type { RecordedEvent } from '@odst/event-store';
import type { CloudEvent } from '../cloud-event.ts';

/** Digits of a position as text, so that texts sort as their numbers do. */
const sequenceDigits = 20;

/** Who publishes: the owning service of this server. */
export type EventOrigin = {
  readonly service: string;
  /** ISS ID of this server. */
  readonly iss: string;
};

/** Id of the aggregate that a stream `<aggregate>-<id>` belongs to; the whole name of a stream without one. */
export function aggregateIdOf(stream: string): string {
  return stream.slice(stream.indexOf('-') + 1);
}

/**
 * The published form of an event: CloudEvents 1.0 with the extensions `sequence` and `partitionkey` of the CloudEvents
 * documents, W3C `traceparent`, and our own `actor`, `correlationid`, `causationid`. The caller's address stays inside.
 */
export function toCloudEvent({ service, iss }: EventOrigin, event: RecordedEvent): CloudEvent {
  const { actor, correlationId, causationId, traceparent } = event.metadata;
  return {
    specversion: '1.0',
    id: event.id,
    source: `urn:odst:server:${iss}`,
    type: `org.odst.${service}.${event.type}.v${event.schemaVersion}`,
    subject: event.stream,
    time: event.recordedAt.toISOString(),
    datacontenttype: 'application/json',
    dataschema: `urn:odst:schema:${service}:${event.type}:v${event.schemaVersion}`,
    sequence: event.position.toString().padStart(sequenceDigits, '0'),
    partitionkey: aggregateIdOf(event.stream),
    actor,
    correlationid: correlationId,
    ...(causationId === '' ? {} : { causationid: causationId }),
    ...(traceparent === '' ? {} : { traceparent }),
    data: event.data,
  };
}
