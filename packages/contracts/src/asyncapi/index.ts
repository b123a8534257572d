export { messagesOfFile } from './descriptors.ts';
export { asyncApiDocument, renderAsyncApi } from './document.ts';
export { payloadSchema } from './payload-schema.ts';
export { type PublishedEvent, publishedEvents } from './published-events.ts';
