import type { BusMessage, CloudEvent } from '@odst/event-bus';
import type { IHeaders, Message } from 'kafkajs';

/** CloudEvents Kafka protocol binding 1.0, structured content mode. */
const contentType = 'application/cloudevents+json; charset=UTF-8';
/** Headers of our own: what the bus must know of a record without reading the event. */
const positionHeader = 'odst-position';
const fenceHeader = 'odst-fence';

/** A record of a topic, as far as the bus needs it; the event stays unread until somebody handles it. */
export type StoredRecord = {
  readonly partition: number;
  readonly offset: bigint;
  /** Position of the event in the publishing service's store. */
  readonly position: bigint;
  /** Fencing number under which it was published. */
  readonly fence: bigint;
  readonly key: string;
  readonly value: Buffer;
};

/** What of a record Kafka gives, by a consumer and by a plain fetch. */
export type RawRecord = {
  readonly offset: string;
  readonly key: Buffer | null;
  readonly value: Buffer | null;
  readonly headers?: IHeaders;
};

/** The record of a message. */
export function recordOf({ key, position, event }: BusMessage, fence: bigint): Message & { readonly value: string } {
  return {
    key,
    value: JSON.stringify(event),
    headers: { 'content-type': contentType, [positionHeader]: `${position}`, [fenceHeader]: `${fence}` },
  };
}

/** A record that this product published; undefined for one that somebody else wrote into the topic. */
export function storedRecordOf(partition: number, { offset, key, value, headers }: RawRecord): StoredRecord | undefined {
  const position = numberIn(headers, positionHeader);
  const fence = numberIn(headers, fenceHeader);
  if (position === undefined || fence === undefined || key === null || value === null) return undefined;
  return { partition, offset: BigInt(offset), position, fence, key: key.toString(), value };
}

/** The event that a record holds. */
export function eventOf({ value }: StoredRecord): CloudEvent {
  return JSON.parse(value.toString()) as CloudEvent;
}

/** The message that a record holds. */
export function messageOf(topic: string, record: StoredRecord): BusMessage {
  const { key, position } = record;
  return { topic, key, position, event: eventOf(record) };
}

function numberIn(headers: IHeaders | undefined, name: string): bigint | undefined {
  const text = headers?.[name]?.toString() ?? '';
  return /^\d{1,19}$/.test(text) ? BigInt(text) : undefined;
}
