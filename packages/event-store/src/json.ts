/** What JSON can hold. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };

/** A JSON object: the form of every event payload at rest and on the wire. */
export type JsonObject = { readonly [key: string]: Json };
