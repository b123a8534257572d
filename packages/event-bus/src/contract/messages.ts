import type { CloudEvent } from '../cloud-event.ts';
import type { BusMessage, EventBus } from '../event-bus.ts';

/** A published event of the service `notes`. */
export function aCloudEvent(position: bigint, key = 'a', data: CloudEvent['data'] = {}): CloudEvent {
  return {
    specversion: '1.0',
    id: `00000000-0000-5000-8000-${position.toString().padStart(12, '0')}`,
    source: 'urn:odst:server:iss-of-tests',
    type: 'org.odst.notes.NoteWritten.v1',
    subject: `note-${key}`,
    time: '2026-01-01T00:00:00.000Z',
    datacontenttype: 'application/json',
    dataschema: 'urn:odst:schema:notes:NoteWritten:v1',
    sequence: position.toString().padStart(20, '0'),
    partitionkey: key,
    actor: 'account:admin',
    correlationid: 'a correlation',
    data,
  };
}

/** A message of a topic. */
export function aMessage(position: bigint, key = 'a', topic = 'odst.notes.v1'): BusMessage {
  return { topic, key, position, event: aCloudEvent(position, key) };
}

/** Messages on the topic of `service`, from position `first` on, with these keys. */
export function messagesFor(bus: EventBus, keys: readonly string[], first = 1n, service = 'notes'): readonly BusMessage[] {
  return keys.map((key, index) => aMessage(first + BigInt(index), key, bus.topicOf(service)));
}

/** The positions 1 to `last`. */
export function positionsTo(last: number): readonly bigint[] {
  return Array.from({ length: last }, (_, index) => BigInt(index + 1));
}
