import type { JsonObject } from '@odst/event-store';

const uuidV5 = '[0-9a-f]{8}-[0-9a-f]{4}-5[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}';

/** A position or number of the feed: 20 digits, so that texts sort as their numbers do. */
const twentyDigits = { type: 'string', pattern: '^[0-9]{20}$' } as const;

/** The attributes around every payload: CloudEvents 1.0 in structured JSON with the extensions of this product. */
export const cloudEventSchema: JsonObject = {
  type: 'object',
  description:
    'A CloudEvents 1.0 event in structured JSON. Readers ignore attributes, and fields of `data`, that they do not know, ' +
    'and pass over events of a `type` that they do not know.',
  required: [
    'specversion',
    'id',
    'source',
    'type',
    'subject',
    'time',
    'datacontenttype',
    'dataschema',
    'sequence',
    'partitionkey',
    'actor',
    'correlationid',
    'data',
  ],
  properties: {
    specversion: { type: 'string', const: '1.0' },
    id: {
      type: 'string',
      pattern: `^${uuidV5}$`,
      description:
        'UUIDv5 of the command and the place among its events: the same in Kafka, webhook and HTTP feed, also when it comes again.',
    },
    source: { type: 'string', pattern: '^urn:odst:server:[0-9a-f]{32}$', description: 'The server, by its ISS ID.' },
    type: {
      type: 'string',
      pattern: '^org[.]odst[.][a-z]+[.][A-Za-z0-9]+[.]v[1-9][0-9]*$',
      description:
        '`org.odst.<service>.<EventName>.v<version>`. A change that adds fields keeps the version; one that breaks readers is a new version.',
    },
    subject: { type: 'string', pattern: '^[a-z]+-.', description: 'What happened to whom: `<aggregate>-<id>`.' },
    time: { type: 'string', format: 'date-time', description: 'When it was stored, UTC.' },
    datacontenttype: { type: 'string', const: 'application/json' },
    dataschema: {
      type: 'string',
      pattern: '^urn:odst:schema:[a-z]+:[A-Za-z0-9]+:v[1-9][0-9]*$',
      description: 'Name of the JSON Schema of `data`; every server serves it at `/api/schemas/<dataschema>`.',
    },
    sequence: { ...twentyDigits, description: 'Position among the events of the owning service, from 1, contiguous.' },
    partitionkey: { type: 'string', minLength: 1, description: 'Id of the aggregate; the events of one key come in order.' },
    actor: {
      type: 'string',
      pattern: '^(machine$|(account|token|peer|service):.)',
      description:
        'Who caused it: `account:<name>`, `token:<owner>/<name>`, `peer:<iss>`, `service:<name>`, or `machine` for who owns that of the server.',
    },
    correlationid: { type: 'string', minLength: 1, description: 'The same for all that one request led to.' },
    causationid: {
      type: 'string',
      pattern: `^${uuidV5}$`,
      description: 'Id of the event that this one answers; missing where a request of a user led to it.',
    },
    traceparent: {
      type: 'string',
      pattern: '^[0-9a-f]{2}-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}$',
      description: 'W3C trace context of the request; missing where there was none.',
    },
    data: { type: 'object', description: 'The payload.' },
  },
};

/** An event of the HTTP feed: with its place in this server's feed, over the events of all services. */
export const feedEventSchema: JsonObject = {
  description: 'An event of the HTTP feed.',
  allOf: [
    { $ref: '#/components/schemas/CloudEvent' },
    {
      type: 'object',
      required: ['feedsequence'],
      properties: { feedsequence: { ...twentyDigits, description: "Number in this server's feed, from 1, contiguous." } },
    },
  ],
};

/** A page of the HTTP feed. */
export const eventPageSchema: JsonObject = {
  type: 'object',
  description: 'A page of the HTTP feed, oldest first.',
  required: ['items', 'next'],
  properties: {
    items: { type: 'array', description: 'The events.', items: { $ref: '#/components/schemas/FeedEvent' } },
    next: { ...twentyDigits, description: 'Up to where the feed was read: the `after` of the next page.' },
  },
};
