import { Type } from 'typebox';
import { activityKinds } from '../activity-kinds.ts';
import type { Operation } from '../operation.ts';
import { Iss, Limit, OrNull, Page, SmallId, Time } from '../shapes.ts';

const CloudEvent = Type.Object(
  {
    specversion: Type.Enum(['1.0']),
    id: Type.String({ description: 'The same in Kafka, webhook and feed' }),
    source: Type.String({ description: '`urn:odst:server:<iss>`' }),
    type: Type.String({ examples: ['org.odst.catalog.PackageUploaded.v1'] }),
    subject: Type.String({ description: 'Aggregate id' }),
    time: Type.String({ format: 'date-time' }),
    datacontenttype: Type.Enum(['application/json']),
    dataschema: Type.String({ description: 'Name of the schema of `data`: `GET /api/schemas/{dataschema}`' }),
    sequence: Type.String({ description: 'Position in the store of the service, 20 digits' }),
    partitionkey: Type.String(),
    actor: Type.String(),
    correlationid: Type.String(),
    causationid: Type.Optional(Type.String()),
    traceparent: Type.Optional(Type.String()),
    data: Type.Unsafe<object>(
      Type.Object({}, { additionalProperties: true, description: 'As the AsyncAPI document describes it' }),
    ),
    feedsequence: Type.String({ description: 'Contiguous number of this server, 20 digits' }),
  },
  { title: 'FeedEvent', description: 'CloudEvent 1.0 with its place in the feed' },
);

/** `GET /api/v1/events` */
export const readEvents = {
  method: 'GET',
  url: '/api/v1/events',
  id: 'readEvents',
  tag: 'Events',
  summary: 'What happened, oldest first; with `Accept: text/event-stream` live',
  description: 'Every event of this server in one contiguous numbering that never changes.',
  access: { action: 'events:read', role: 'viewer' },
  query: Type.Object(
    {
      after: Type.String({
        pattern: '^(\\d{1,20}|latest)$',
        default: '0',
        description: 'A feedsequence, up to 20 digits, that the reader has; or latest: only what comes from now on',
      }),
      limit: Limit,
      types: Type.Optional(
        Type.Union([Type.String(), Type.Array(Type.String())], {
          description: 'Event names with commas, short, as `PackageUploaded`, or full; also as several parameters',
          examples: ['PackageUploaded,PackagePublished'],
        }),
      ),
    },
    { additionalProperties: false },
  ),
  headers: {
    'last-event-id': Type.String({ description: 'With the stream: in place of `after`, over which it wins', examples: ['7'] }),
  },
  answers: {
    200: {
      description: 'A page, which also ends after 16 MiB; or the stream',
      content: {
        'application/json': {
          schema: Type.Object(
            {
              items: Type.Unsafe<readonly object[]>(Type.Array(CloudEvent)),
              next: Type.String({ description: '`after` of the next page; at the end the one that was asked for' }),
            },
            { title: 'FeedPage' },
          ),
        },
        'text/event-stream': {
          schema: Type.Unsafe<unknown>(
            Type.String({ description: 'Blocks of `id` and `data` without `event`; comments while nothing happens' }),
          ),
        },
      },
    },
  },
  errors: ['EVENTS_FEED_RESET', 'EVENTS_STREAMS_TOO_MANY'],
} as const satisfies Operation;

/** `GET /api/v1/stream` */
export const followChanges = {
  method: 'GET',
  url: '/api/v1/stream',
  id: 'followChanges',
  tag: 'Events',
  summary: 'All that changes, live, for pages that never poll',
  description: `Server-Sent Events. Blocks with \`id\` and without \`event\` are events of the feed, as \`GET /api/v1/events\` gives them. Beside them come,
without \`id\`, what is now and then each change, once a second at most:

- \`event: transfers\`: \`{items, others, version}\`: the running transfers as \`GET /api/v1/transfers\` shows them; how many do not run; a number that
  rises when the queue changes otherwise. Nothing while nothing runs and nothing changes.
- \`event: peers\`: \`{items: [{iss, state, lastError, failedTries, nextTryAt, behind, queuedTransfers, backlogBytes, rateBytesPerSecond, paused}]}\`.
- \`event: coverage\`: \`{contents, heard}\`: the first two hex digits of the SHA-256 of contents that other servers may hold or lack now;
  the ISS IDs of the servers that were heard of lately, or null where that did not change.
- \`event: interrupted\`: \`{events}\`: these cannot be told for now; what was told of them is old until it comes anew.
- \`event: alive\`: \`{}\`: nothing else was told for 15 s. A reader that hears nothing for much longer has lost the connection.

A request after an event of the feed sees what the event says, but for \`GET /api/v1/coverage\`, which tells by \`countedAt\` when it was counted, and
\`GET /api/v1/transfers\`, whose own changes \`transfers\` tells.`,
  access: { action: 'events:read', role: 'viewer' },
  query: Type.Object(
    {
      after: Type.String({
        pattern: '^(\\d{1,20}|latest)$',
        default: 'latest',
        description: 'A feedsequence, up to 20 digits, that the reader has; or latest: only what comes from now on',
      }),
      types: Type.Optional(
        Type.Union([Type.String(), Type.Array(Type.String())], {
          description: 'Events of the feed with these names, as of `GET /api/v1/events`',
          examples: ['PackageUploaded,PackagePublished'],
        }),
      ),
    },
    { additionalProperties: false },
  ),
  headers: {
    'last-event-id': Type.String({ description: 'In place of `after`, over which it wins', examples: ['7'] }),
  },
  answers: {
    200: {
      description: 'The stream; it ends when the login does, or the server stops',
      content: { 'text/event-stream': { schema: Type.Unsafe<unknown>(Type.String({ description: 'Blocks, as described' })) } },
    },
  },
  errors: ['EVENTS_FEED_RESET', 'EVENTS_STREAMS_TOO_MANY'],
} as const satisfies Operation;

const Kind = Type.Enum([...activityKinds], { description: 'Heading' });

/** `GET /api/v1/activity` */
export const listActivity = {
  method: 'GET',
  url: '/api/v1/activity',
  id: 'listActivity',
  tag: 'Events',
  summary: 'What happened, newest first, with names',
  description:
    'The events of the feed that people look for, without the machinery beneath. A page looks at 10,000 events at most, unless `package` is given, so it may be short, or empty, though `next` is not null.',
  access: { action: 'events:read', role: 'viewer' },
  query: Type.Object(
    {
      kind: Type.Optional(Kind),
      package: Type.Optional(
        Type.String({ minLength: 1, maxLength: 255, description: 'Id or file name of a package: what became of it' }),
      ),
      server: Type.Optional(Type.String({ ...Iss, description: 'Identity of a server that the event names' })),
      actor: Type.Optional(
        Type.String({ maxLength: 200, pattern: '^[^\\u0000-\\u001f]*$', examples: ['account:admin'], description: 'Who did it' }),
      ),
      after: Type.Optional(Type.String({ pattern: '^[1-9]\\d{0,17}$', description: '`next` of the page before' })),
      limit: Limit,
    },
    { additionalProperties: false },
  ),
  answers: {
    200: Page(
      Type.Object(
        {
          id: Type.String({ description: 'Id of the event, the same in Kafka, webhook and feed' }),
          feedsequence: Type.String({ description: 'Its place in the feed, 20 digits' }),
          kind: Kind,
          type: Type.String({ description: 'Short name of the event', examples: ['PackagePromoted'] }),
          at: Time,
          actor: Type.String({
            description:
              'Who did it: `account:<name>`, `token:<owner>/<name>`, `peer:<iss>`, `service:<name>`, or `machine` for who owns the server’s',
          }),
          subject: Type.String({ description: 'What it was done to, as in the event' }),
          package: OrNull(
            Type.Object({ id: OrNull(SmallId, 'Null where the event does not say it'), filename: Type.String() }),
            'The package that it is about',
          ),
          server: OrNull(
            Type.Object({ iss: Type.String(), name: OrNull(Type.String(), 'Null where it is not known here') }),
            'The server that it is about, or where it was done',
          ),
          data: Type.Unsafe<object>(
            Type.Object({}, { additionalProperties: true, description: 'As the AsyncAPI document describes it' }),
          ),
        },
        { title: 'Activity' },
      ),
    ),
  },
  errors: ['CATALOG_PACKAGE_UNKNOWN'],
} as const satisfies Operation;
