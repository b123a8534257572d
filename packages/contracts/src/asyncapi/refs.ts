import type { JsonObject } from '@odst/event-store';

/** Where a schema stands in the document. */
export const schemaRef = (name: string): string => `#/components/schemas/${name}`;

/** Refers to a message of the document. */
export const messageRef = (name: string): JsonObject => ({ $ref: `#/components/messages/${name}` });
