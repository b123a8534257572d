import type { DomainEvent, EventCodec, JsonObject } from '@odst/event-store';
import { OdstError } from '@odst/kernel';

/** What the generated code offers for a message. */
export type MessageType<Message> = { toJSON(message: Message): unknown; fromJSON(json: unknown): Message };

/** A message that is worked with in another form than that of its JSON. */
export type PackedMessage<Message, Packed> = MessageType<Message> & {
  /** What its JSON is that of. */
  readonly packed: MessageType<Packed>;
};

/** Pure function from the JSON of a payload's version n to that of version n + 1. */
export type Upcaster = (data: JsonObject) => JsonObject;

/** How an event is stored. */
export type EventSchema<Message> = {
  readonly message: MessageType<Message>;
  /** Upcasters from version 1 on; the current version is their number plus 1. Default none. */
  readonly upcasters?: readonly Upcaster[];
  /** Most bytes of the payload's JSON. Default {@link maxPayloadBytes}. */
  readonly maxBytes?: number;
};

/** Event names of a service with their schemas. */
// biome-ignore lint/suspicious/noExplicitAny: the messages differ by event; EventOf gets each exact type back
export type EventSchemas = Readonly<Record<string, EventSchema<any>>>;

/** The union of a service's domain events. */
export type EventOf<Schemas extends EventSchemas> = {
  [Type in keyof Schemas & string]: Schemas[Type] extends EventSchema<infer Message> ? DomainEvent<Type, Message> : never;
}[keyof Schemas & string];

/** Most bytes of a published event that has no limit of its own. */
export const maxEventBytes = 20_000;

/** What of them is left to the attributes around the payload; they take some 800 bytes. */
export const envelopeBytes = 2_000;

/** Most bytes of a payload that has no limit of its own. */
export const maxPayloadBytes: number = maxEventBytes - envelopeBytes;

/** Version that an event is written in now, from 1. */
export function currentVersionOf({ upcasters = [] }: EventSchema<unknown>): number {
  return upcasters.length + 1;
}

/**
 * Builds the codec of a service: payloads are proto3 JSON with every field written. `encode` throws COMMON_EVENT_TOO_LARGE
 * before anything is stored: once it is, an event that no bus takes would hold up all that come after it.
 */
export function createEventCodec<Schemas extends EventSchemas>(schemas: Schemas): EventCodec<EventOf<Schemas>> {
  const schemaOf = (type: string) => (Object.hasOwn(schemas, type) ? schemas[type] : undefined);
  return {
    knows: (type) => schemaOf(type) !== undefined,
    reads({ type, schemaVersion }) {
      const schema = schemaOf(type);
      return schema !== undefined && schemaVersion <= currentVersionOf(schema);
    },
    encode(event) {
      const schema = schemaOf(event.type);
      if (schema === undefined) throw new OdstError('COMMON_EVENT_UNKNOWN', `no schema for the event ${event.type}`);
      const data = schema.message.toJSON(event.data) as JsonObject;
      checkSize(event.type, data, schema.maxBytes ?? maxPayloadBytes);
      return { type: event.type, schemaVersion: currentVersionOf(schema), data };
    },
    decode({ type, schemaVersion, data }) {
      const schema = schemaOf(type);
      if (schema === undefined || schemaVersion > currentVersionOf(schema)) {
        throw new OdstError('COMMON_EVENT_UNKNOWN', `the event ${type} of version ${schemaVersion} is not known here`);
      }
      return { type, data: schema.message.fromJSON(upcast(schema.upcasters ?? [], schemaVersion, data)) } as EventOf<Schemas>;
    },
  };
}

function checkSize(type: string, data: JsonObject, maxBytes: number): void {
  const sizeBytes = Buffer.byteLength(JSON.stringify(data));
  if (sizeBytes <= maxBytes) return;
  const text = `the payload of ${type} has ${sizeBytes} bytes; ${maxBytes} are allowed`;
  throw new OdstError('COMMON_EVENT_TOO_LARGE', text, { event: type, sizeBytes, maxBytes });
}

/**
 * A stored payload in its present form.
 * @param upcasters of the event: the first one takes version 1 to 2, the next 2 to 3, and so on
 * @param schemaVersion version of `data`, from 1 to the number of upcasters plus 1
 */
export function upcast(upcasters: readonly Upcaster[], schemaVersion: number, data: JsonObject): JsonObject {
  return upcasters.slice(schemaVersion - 1).reduce((older, upcaster) => upcaster(older), data);
}
