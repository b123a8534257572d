import { aggregateIdOf, type BusMessage, type EventBus, type EventOrigin, toCloudEvent } from '@odst/event-bus';
import { type EventToAppend, eventIdOf } from '@odst/event-store';

/** Where an event stands, and what it is. */
export type PlacedEvent = {
  /** `<aggregate>-<id>` */
  readonly stream: string;
  /** Place among all events of the service, from 1. */
  readonly position: bigint;
  readonly event: EventToAppend;
};

/** The message that the relay of a service would publish, for tests in which that service is stood in for. */
export function messageOf(bus: EventBus, origin: EventOrigin, { stream, position, event }: PlacedEvent): BusMessage {
  const { service } = origin;
  const commandId = `${service} ${position}`;
  const caused = { remoteAddress: '', commandId, correlationId: commandId, causationId: '', traceparent: '' };
  const metadata = { actor: `service:${service}`, ...caused };
  const id = eventIdOf(commandId, 0);
  // The place in the stream is not published.
  const recorded = { ...event, id, stream, position, version: 1, recordedAt: new Date(), metadata };
  return { topic: bus.topicOf(service), key: aggregateIdOf(stream), position, event: toCloudEvent(origin, recorded) };
}
