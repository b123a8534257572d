import type { RecordedEvent } from '@odst/event-store';
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
