import type { DomainEvent, EventCodec, RecordedEvent } from '@odst/event-store';
import { OdstError } from '@odst/kernel';
import type { CloudEvent } from './cloud-event.ts';

const form = /^org\.odst\.[a-z]+\.([A-Za-z0-9]+)\.v([1-9][0-9]*)$/;

/** Event name in a CloudEvents type `org.odst.<service>.<EventName>.v<schema version>`; undefined in another form. */
export function eventNameOf(type: string): string | undefined {
  return form.exec(type)?.[1];
}

/**
 * What the codec of the owning service decodes.
 * @throws OdstError COMMON_EVENT_UNKNOWN for an event of another form
 */
export function payloadOf({ type, data }: CloudEvent): Pick<RecordedEvent, 'type' | 'schemaVersion' | 'data'> {
  const [, name, schemaVersion] = form.exec(type) ?? [];
  if (name === undefined) throw new OdstError('COMMON_EVENT_UNKNOWN', `${type} is no type of an event of this product`);
  return { type: name, schemaVersion: Number(schemaVersion), data };
}

/**
 * The event as the codec of its service reads it; undefined for one that a newer program wrote, of a type or in a version that
 * this one does not know. Consumers pass over those; the sweeps of the newer program find from state what was left.
 */
export function readEvent<Event extends DomainEvent>(codec: EventCodec<Event>, event: CloudEvent): Event | undefined {
  if (!form.test(event.type)) return undefined;
  const payload = payloadOf(event);
  return codec.reads(payload) ? codec.decode(payload) : undefined;
}
