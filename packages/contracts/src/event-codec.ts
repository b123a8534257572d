import type { DomainEvent, EventCodec, JsonObject } from '@odst/event-store';
import { OdstError } from '@odst/kernel';

/** What the generated code offers for a message. */
export type MessageType<Message> = { toJSON(message: Message): unknown; fromJSON(json: unknown): Message };

/** Pure function from the JSON of a payload's version n to that of version n + 1. */
export type Upcaster = (data: JsonObject) => JsonObject;

/** How an event is stored. */
export type EventSchema<Message> = {
  readonly message: MessageType<Message>;
  /** Upcasters from version 1 on; the current version is their number plus 1. Default none. */
  readonly upcasters?: readonly Upcaster[];
};

/** Event names of a service with their schemas. */
// biome-ignore lint/suspicious/noExplicitAny: the messages differ by event; EventOf gets each exact type back
export type EventSchemas = Readonly<Record<string, EventSchema<any>>>;

/** The union of a service's domain events. */
export type EventOf<Schemas extends EventSchemas> = {
  [Type in keyof Schemas & string]: Schemas[Type] extends EventSchema<infer Message> ? DomainEvent<Type, Message> : never;
}[keyof Schemas & string];

/** Builds the codec of a service: payloads are proto3 JSON with every field written. */
export function createEventCodec<Schemas extends EventSchemas>(schemas: Schemas): EventCodec<EventOf<Schemas>> {
  const schemaOf = (type: string) => (Object.hasOwn(schemas, type) ? schemas[type] : undefined);
  return {
    knows: (type) => schemaOf(type) !== undefined,
    encode(event) {
      const schema = schemaOf(event.type);
      if (schema === undefined) throw new OdstError('COMMON_EVENT_UNKNOWN', `no schema for the event ${event.type}`);
      return {
        type: event.type,
        schemaVersion: (schema.upcasters?.length ?? 0) + 1,
        data: schema.message.toJSON(event.data) as JsonObject,
      };
    },
    decode({ type, schemaVersion, data }) {
      const schema = schemaOf(type);
      const upcasters = schema?.upcasters ?? [];
      if (schema === undefined || schemaVersion > upcasters.length + 1) {
        throw new OdstError('COMMON_EVENT_UNKNOWN', `the event ${type} of version ${schemaVersion} is not known here`);
      }
      const current = upcasters.slice(schemaVersion - 1).reduce((older, upcast) => upcast(older), data);
      return { type, data: schema.message.fromJSON(current) } as EventOf<Schemas>;
    },
  };
}
