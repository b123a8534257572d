import type { JsonObject } from '@odst/event-store';

/** A CloudEvents 1.0 event in structured JSON, with the extensions that this product sets. */
export type CloudEvent = {
  readonly specversion: '1.0';
  /** The same in Kafka, webhook and HTTP feed. */
  readonly id: string;
  /** `urn:odst:server:<iss>` */
  readonly source: string;
  /** `org.odst.<service>.<EventName>.v<schema version>` */
  readonly type: string;
  /** Aggregate id, the stream's name. */
  readonly subject: string;
  /** RFC 3339, UTC. */
  readonly time: string;
  readonly datacontenttype: 'application/json';
  readonly dataschema: string;
  /** Position in the owning service's store, 20 digits. */
  readonly sequence: string;
  readonly partitionkey: string;
  readonly actor: string;
  readonly correlationid: string;
  readonly causationid?: string;
  readonly traceparent?: string;
  readonly data: JsonObject;
};
