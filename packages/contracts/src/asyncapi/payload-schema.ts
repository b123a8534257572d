import type { JsonObject } from '@odst/event-store';
import { messageSchema, messagesWithin, schemaNameOf } from './json-schema.ts';
import { publishedEvents } from './published-events.ts';

/**
 * The JSON Schema (draft 7) of an event's payload on its own, with all that it refers to.
 * @param dataschema as events name it: `urn:odst:schema:catalog:PackageUploaded:v1`
 * @returns undefined for a name that no event of this version carries
 */
export function payloadSchema(dataschema: string): JsonObject | undefined {
  const event = publishedEvents().find((published) => published.dataschema === dataschema);
  if (event === undefined) return undefined;
  const refTo = (fullName: string) => `#/definitions/${schemaNameOf(fullName)}`;
  const held = [...messagesWithin(event.message)];
  return {
    $schema: 'http://json-schema.org/draft-07/schema#',
    $id: dataschema,
    title: event.name,
    ...messageSchema(event.message, refTo),
    ...(held.length === 0
      ? {}
      : { definitions: Object.fromEntries(held.map((name) => [schemaNameOf(name), messageSchema(name, refTo)])) }),
  };
}
