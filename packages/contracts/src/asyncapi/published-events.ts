import type { JsonObject } from '@odst/event-store';
import { currentVersionOf, type EventSchema, envelopeBytes, maxPayloadBytes } from '../event-codec.ts';
import { eventsOfServices } from '../services.ts';

/** An event as integrators meet it, in the version that is written now. */
export type PublishedEvent = {
  readonly service: string;
  /** `PackageUploaded` */
  readonly name: string;
  readonly version: number;
  /** CloudEvents `type`: `org.odst.catalog.PackageUploaded.v1` */
  readonly type: string;
  /** CloudEvents `dataschema`: `urn:odst:schema:catalog:PackageUploaded:v1` */
  readonly dataschema: string;
  /** Under which documents refer to its message and payload: `catalog.PackageUploaded.v1` */
  readonly key: string;
  /** Message of the protos: `odst.catalog.v1.PackageUploaded` */
  readonly message: string;
  /** Most bytes of the event's JSON, with the attributes around its payload. */
  readonly maxBytes: number;
};

function publishedEvent(service: string, name: string, schema: EventSchema<unknown>): PublishedEvent {
  const version = currentVersionOf(schema);
  return {
    service,
    name,
    version,
    type: `org.odst.${service}.${name}.v${version}`,
    dataschema: `urn:odst:schema:${service}:${name}:v${version}`,
    key: `${service}.${name}.v${version}`,
    message: `odst.${service}.v1.${name}`,
    maxBytes: (schema.maxBytes ?? maxPayloadBytes) + envelopeBytes,
  };
}

/** Every event of every service, in the order of their lists. */
export function publishedEvents(): readonly PublishedEvent[] {
  return Object.entries(eventsOfServices).flatMap(([service, schemas]) =>
    Object.entries(schemas).map(([name, schema]) => publishedEvent(service, name, schema)),
  );
}

/** Where a schema stands in the document. */
export const schemaRef = (name: string): string => `#/components/schemas/${name}`;

/** Refers to a message of the document. */
export const messageRef = (name: string): JsonObject => ({ $ref: `#/components/messages/${name}` });
