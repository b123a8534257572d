import type { JsonObject } from '@odst/event-store';

/** Pure function from the JSON of a payload's version n to that of version n + 1. */
export type Upcaster = (data: JsonObject) => JsonObject;

/**
 * A stored payload in its present form.
 * @param upcasters of the event: the first one takes version 1 to 2, the next 2 to 3, and so on
 * @param schemaVersion version of `data`, from 1 to the number of upcasters plus 1
 */
export function upcast(upcasters: readonly Upcaster[], schemaVersion: number, data: JsonObject): JsonObject {
  return upcasters.slice(schemaVersion - 1).reduce((older, upcaster) => upcaster(older), data);
}
