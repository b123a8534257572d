import type { JsonObject } from '@odst/event-store';
import { stringify } from 'yaml';
import { maxEventBytes } from '../event-codec.ts';
import { publishingServices } from '../services.ts';
import { cloudEventSchema, eventPageSchema, feedEventSchema } from './cloud-event-schema.ts';
import { messageNamed } from './descriptors.ts';
import { feedChannel, feedMessages, feedOperations } from './feed.ts';
import { messageSchema, messagesWithin, schemaNameOf } from './json-schema.ts';
import { messageRef, type PublishedEvent, publishedEvents, schemaRef } from './published-events.ts';

const contentType = 'application/cloudevents+json; charset=UTF-8';

const info: JsonObject = {
  title: 'Open Distribution Server: events',
  version: '1.0.0',
  description:
    'What happens on a server, as CloudEvents 1.0 in structured JSON: on one Kafka topic for each service, and for all services ' +
    'together in the HTTP feed. Events come at least once; their `id` tells one that came before. ' +
    `An event has at most ${maxEventBytes} bytes, but for those of packages: their records hold all changes that servers ` +
    'made without knowing of each other. `x-max-bytes` of a message is its limit.',
  license: { name: 'Apache-2.0', url: 'https://www.apache.org/licenses/LICENSE-2.0' },
};

const servers: JsonObject = {
  kafka: {
    host: '{brokers}',
    protocol: 'kafka',
    description: 'The cluster of KAFKA_BROKERS, where it is set.',
    variables: { brokers: { default: 'localhost:9092', description: 'One broker of the cluster, `host:port`.' } },
  },
  http: {
    host: '{host}',
    protocol: 'http',
    description: 'The server itself.',
    variables: { host: { default: '127.0.0.1:8080', description: 'Host and port of the public URL.' } },
    security: [{ $ref: '#/components/securitySchemes/basic' }],
  },
};

function topic(service: string, events: readonly PublishedEvent[]): JsonObject {
  return {
    address: `{prefix}.${service}.v1`,
    title: `Events of ${service}`,
    servers: [{ $ref: '#/servers/kafka' }],
    parameters: { prefix: { $ref: '#/components/parameters/prefix' } },
    messages: Object.fromEntries(events.map(({ key }) => [key, messageRef(key)])),
  };
}

const topicOperation = (service: string): JsonObject => ({
  action: 'send',
  channel: { $ref: `#/channels/${service}` },
  summary: `The server publishes what ${service} stored, in the order of \`sequence\`.`,
});

function message({ name, type, key, dataschema, maxBytes, message: fullName }: PublishedEvent): JsonObject {
  const itself = { type: { const: type }, dataschema: { const: dataschema }, data: { $ref: schemaRef(key) } };
  return {
    name: type,
    title: name,
    summary: messageNamed(fullName).comment,
    payload: { allOf: [{ $ref: schemaRef('CloudEvent') }, { type: 'object', properties: itself }] },
    traits: [{ $ref: '#/components/messageTraits/event' }],
    'x-max-bytes': maxBytes,
  };
}

const eventTrait: JsonObject = {
  contentType,
  headers: { type: 'object', properties: { 'content-type': { type: 'string', const: contentType } } },
  correlationId: { location: '$message.payload#/correlationid' },
  bindings: {
    kafka: { key: { type: 'string', description: 'The `partitionkey`: id of the aggregate.' }, bindingVersion: '0.5.0' },
  },
};

function schemas(events: readonly PublishedEvent[]): JsonObject {
  const refTo = (fullName: string) => schemaRef(schemaNameOf(fullName));
  const held = new Set(events.flatMap((event) => [...messagesWithin(event.message)]));
  return {
    CloudEvent: cloudEventSchema,
    FeedEvent: feedEventSchema,
    EventPage: eventPageSchema,
    ...Object.fromEntries([...held].map((fullName) => [schemaNameOf(fullName), messageSchema(fullName, refTo)])),
    ...Object.fromEntries(events.map((event) => [event.key, messageSchema(event.message, refTo)])),
  };
}

/** The AsyncAPI 3.0 document of all events: made from the lists of events and from the protos alone. */
export function asyncApiDocument(): JsonObject {
  const events = publishedEvents();
  const ofService = (service: string) => events.filter((event) => event.service === service);
  return {
    asyncapi: '3.0.0',
    info,
    defaultContentType: contentType,
    servers,
    channels: {
      ...Object.fromEntries(publishingServices.map((service) => [service, topic(service, ofService(service))])),
      feed: feedChannel(events),
    },
    operations: {
      ...Object.fromEntries(publishingServices.map((service) => [`publish-${service}`, topicOperation(service)])),
      ...feedOperations,
    },
    components: {
      securitySchemes: { basic: { type: 'http', scheme: 'basic', description: 'An account of the server.' } },
      parameters: { prefix: { default: 'odst', description: 'KAFKA_TOPIC_PREFIX of the server.' } },
      messageTraits: { event: eventTrait },
      messages: {
        ...feedMessages,
        ...Object.fromEntries(events.map((event) => [event.key, message(event)])),
      },
      schemas: schemas(events),
    },
  };
}

const introduction = '# Generated from protos/ and packages/contracts by tools/generate-docs.ts. Change those, not this page.\n';

/** The AsyncAPI document as YAML; the same at every call. */
export function renderAsyncApi(): string {
  return introduction + stringify(asyncApiDocument(), { lineWidth: 120, aliasDuplicateObjects: false });
}
