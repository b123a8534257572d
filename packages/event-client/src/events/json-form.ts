/** Any value of JSON. */
export type JsonValue = string | number | boolean | null | readonly JsonValue[] | JsonObject;

/** Any object of JSON. */
export type JsonObject = { readonly [name: string]: JsonValue };

/**
 * A message of the contracts as it stands in the JSON of an event: sizes and positions of 64 bits as decimal strings, times as
 * RFC 3339, bytes as Base64; a message that is not there as no member.
 */
export type JsonForm<T> = T extends bigint | Date | Uint8Array
  ? string
  : T extends string | number | boolean | undefined
    ? T
    : T extends readonly (infer Item)[]
      ? readonly JsonForm<Item>[]
      : { readonly [Name in keyof T]: JsonForm<T[Name]> };
