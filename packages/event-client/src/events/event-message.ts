import { OdstError } from '@odst/kernel';
import type { EventPayloads, KnownEventType } from './event-payloads.ts';
import type { JsonObject } from './json-form.ts';
import { isKnownEventType } from './known-events.ts';

/** A CloudEvents 1.0 event of a server. Attributes that are not here, of a newer server, are passed on all the same. */
export type ServerEvent<Type extends string = string, Data = JsonObject> = {
  readonly specversion: '1.0';
  /** The same in the HTTP feed, in Kafka and in webhooks: by it a consumer knows what it has. */
  readonly id: string;
  /** `urn:odst:server:<iss>` */
  readonly source: string;
  /** `org.odst.<service>.<EventName>.v<version>` */
  readonly type: Type;
  /** The aggregate that it is about, as `package-<uuid>`. */
  readonly subject: string;
  /** RFC 3339, UTC. */
  readonly time: string;
  readonly datacontenttype: 'application/json';
  readonly dataschema: string;
  /** Place among the events of its service, 20 digits, contiguous. */
  readonly sequence: string;
  /** Events of one key are in order. */
  readonly partitionkey: string;
  /** `account:<name>`, `token:<owner>/<name>`, `peer:<iss>`, `service:<name>` or `machine`. */
  readonly actor: string;
  /** The same for all that one request led to. */
  readonly correlationid: string;
  /** Id of the event that led to this one. */
  readonly causationid?: string;
  /** W3C trace context. */
  readonly traceparent?: string;
  /** Place in the HTTP feed of its server, 20 digits, contiguous; not there in Kafka. */
  readonly feedsequence?: string;
  readonly data: Data;
};

type Messages = {
  readonly [Type in KnownEventType]: {
    readonly type: Type;
    readonly event: ServerEvent<Type, EventPayloads[Type]>;
    /** Where reading goes on behind this event. Opaque; its form may change. */
    readonly position: string;
  };
};

/** An event of a type that this version of the client knows. */
export type KnownMessage = Messages[KnownEventType];

/** An event that a newer server published: of a type, or in a version of one, that this version of the client does not know. */
export type UnknownMessage = { readonly type: 'unknown'; readonly event: ServerEvent; readonly position: string };

/** An event as a consumer gets it; `switch (message.type)` tells which one, and narrows `message.event.data`. */
export type EventMessage = KnownMessage | UnknownMessage;

/** Sorts an event by its type. */
export function messageOf(event: ServerEvent, position: string): EventMessage {
  const type = isKnownEventType(event.type) ? event.type : 'unknown';
  // The server writes the data of a type as the contracts say.
  return { type, event, position } as EventMessage;
}

/** Takes parsed JSON for an event. @throws OdstError COMMON_EVENT_UNKNOWN for what is no CloudEvent */
export function serverEvent(value: unknown): ServerEvent {
  const { id, type, data } = (typeof value === 'object' && value !== null ? value : {}) as Partial<ServerEvent>;
  if (typeof id === 'string' && typeof type === 'string' && typeof data === 'object' && data !== null)
    return value as ServerEvent;
  throw new OdstError('COMMON_EVENT_UNKNOWN', 'what the server sent is no CloudEvent; the URL may be that of something else');
}
