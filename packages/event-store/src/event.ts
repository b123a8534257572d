import { type Caller, serviceCaller } from '@odst/kernel';

/** What JSON can hold. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };

/** A JSON object: the form of every event payload at rest and on the wire. */
export type JsonObject = { readonly [key: string]: Json };

/** Who and what caused an event. Stored beside the payload, from the first event on. */
export type EventMetadata = Caller & {
  /** Id of the command; a command that is repeated under its id stores nothing. */
  readonly commandId: string;
};

/** Metadata of a command that a service gives itself, with a correlation of its own. @param service as `storage` */
export function serviceMetadata(service: string, commandId: string): EventMetadata {
  return { ...serviceCaller(service, commandId), commandId };
}

/** An event in the form that the stores take: payload encoded, type named. */
export type EventToAppend = {
  /** Event name, past tense: `PackageUploaded`. */
  readonly type: string;
  /** Version of the payload's schema, from 1. */
  readonly schemaVersion: number;
  /** proto3 JSON of the payload, every field written. */
  readonly data: JsonObject;
};

/** An event as it was stored. Immutable. */
export type RecordedEvent = EventToAppend & {
  /** UUIDv5 of command id and index: the same event has the same id wherever it shows up. */
  readonly id: string;
  /** `<aggregate>-<id>`. */
  readonly stream: string;
  /** Place in the stream, from 1, without gaps. */
  readonly version: number;
  /** Place among all events of the service, from 1, contiguous, in commit order. */
  readonly position: bigint;
  readonly metadata: EventMetadata;
  readonly recordedAt: Date;
};
