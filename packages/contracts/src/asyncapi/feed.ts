import type { JsonObject } from '@odst/event-store';
import { messageRef, type PublishedEvent, schemaRef } from './published-events.ts';

/** What only the feed sends: a page of events, and a live one. */
export const feedMessages: JsonObject = {
  EventPage: { title: 'Page of events', contentType: 'application/json', payload: { $ref: schemaRef('EventPage') } },
  LiveEvent: {
    title: 'Live event',
    summary:
      'One server-sent event: `id` is the feedsequence, `data` the CloudEvent in one line. An `id` that comes without `data` ' +
      'only moves the place of the reader on, past events that it did not ask for; comments keep the connection alive.',
    contentType: 'text/event-stream',
    payload: { $ref: schemaRef('FeedEvent') },
  },
};

/** The HTTP feed of all services together. */
export function feedChannel(events: readonly PublishedEvent[]): JsonObject {
  const keys = [...Object.keys(feedMessages), ...events.map(({ key }) => key)];
  return {
    address: '/api/v1/events',
    title: 'HTTP event feed',
    description: 'Events of all services, each with its `feedsequence`: page by page, or live.',
    servers: [{ $ref: '#/servers/http' }],
    messages: Object.fromEntries(keys.map((key) => [key, messageRef(key)])),
  };
}

const types: JsonObject = { type: 'string', description: 'Names of events with commas, short or full. Default all.' };

const after: JsonObject = {
  type: 'string',
  pattern: '^([0-9]{1,20}|latest)$',
  default: '0',
  description: 'A feedsequence: events after it. `latest`: only what comes from now on.',
};

const get = (properties: JsonObject): JsonObject => ({
  http: { method: 'GET', query: { type: 'object', properties }, bindingVersion: '0.3.0' },
});

/** How the feed is read. */
export const feedOperations: JsonObject = {
  'answer-feed': {
    action: 'send',
    channel: { $ref: '#/channels/feed' },
    summary: 'The server answers GET with the events after a place in the feed.',
    messages: [{ $ref: '#/channels/feed/messages/EventPage' }],
    bindings: get({
      after,
      limit: { type: 'integer', minimum: 1, maximum: 1_000, default: 100, description: 'Most events of the page.' },
      types,
    }),
  },
  'stream-feed': {
    action: 'send',
    channel: { $ref: '#/channels/feed' },
    summary: 'With `Accept: text/event-stream` the server answers GET with the events after a place, and with those to come.',
    description:
      'Whoever was cut off sends the last `id` as the header `Last-Event-ID`, which wins over `after`, and misses nothing.',
    messages: [{ $ref: '#/channels/feed/messages/LiveEvent' }],
    bindings: get({ after, types }),
  },
};
