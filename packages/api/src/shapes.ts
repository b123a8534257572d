import { type TSchema, Type } from 'typebox';

/** An answer with another body than plain JSON, or in several forms. */
export type MediaAnswer = {
  readonly description: string;
  readonly content: Readonly<Record<string, { readonly schema: TSchema }>>;
};

/** `Dev`, `Test` or `Prod`. */
export const Stage = Type.Enum(['Dev', 'Test', 'Prod'], { description: 'Stage of a package or of a server' });

/** SHA-256 as text. */
export const Sha256 = Type.String({ pattern: '^[0-9a-f]{64}$', description: 'A SHA-256: 64 hex digits in lower case' });

/** SHA-1 as text. */
export const Sha1 = Type.String({ pattern: '^[0-9a-f]{40}$', description: 'A SHA-1: 40 hex digits in lower case' });

/** Identity of a server. */
export const Iss = Type.String({ pattern: '^[0-9a-f]{32}$', description: 'Identity of a server: 32 hex digits' });

/** A point in time of `/api/v1`. */
export const Time = Type.String({ format: 'date-time', description: 'RFC 3339, UTC', examples: ['2026-01-01T08:33:26.000Z'] });

/** A point in time that a request names. */
export const GivenTime = Type.String({
  pattern:
    '^2\\d{3}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\\d|3[01])T(?:[01]\\d|2[0-3]):[0-5]\\d:[0-5]\\d(?:\\.\\d{1,9})?(?:Z|[+-](?:[01]\\d|2[0-3]):[0-5]\\d)$',
  description: 'RFC 3339, with Z or an offset',
  examples: ['2999-01-01T08:33:26.000Z'],
});

/** A time of the Admin API. */
export const AdminTime = Type.String({
  pattern: '^\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d$',
  description: 'ISO 8601 UTC without zone and fraction',
  examples: ['2017-11-11T03:15:54'],
});

/** A count or a number of bytes, whole and not negative. */
export const Count = (description: string) => Type.Integer({ minimum: 0, description });

/** The small number that names a package or a peer in paths. */
export const SmallId = Type.Integer({ minimum: 1, maximum: 999_999_999, description: 'Small number, never used again' });

/** A schema, or null. */
export const OrNull = <T extends TSchema>(schema: T, description?: string) =>
  Type.Union([schema, Type.Null()], description === undefined ? {} : { description });

/** What a change may be bound to: the quotes may be left off. */
export const ifMatch = {
  'if-match': Type.String({
    pattern: '^(?:[*]|0*[1-9]\\d{0,14}|"0*[1-9]\\d{0,14}")$',
    description: 'Only while it is at this version, as `"7"`; else 412',
    examples: ['"7"'],
  }),
};

/** What a question may be bound to. */
export const ifNoneMatch = {
  'if-none-match': Type.String({ description: 'Only if it is not at this version, as `"7"`; else 304', examples: ['"7"'] }),
};

/** The header of an answer that tells its version. */
export const etag = { etag: 'Version, for If-Match' };

/** Version of something that changes. */
export const Version = Type.Integer({ minimum: 0, description: 'Goes up with each change; also the ETag' });

/** A list of `/api/v1`. */
export const Page = <T extends TSchema>(item: T) =>
  Type.Object({ items: Type.Array(item), next: OrNull(Type.String(), '`after` of the next page; null at the end') });

/** How many rows a page has. */
export const Limit = Type.Integer({ minimum: 1, maximum: 1_000, default: 100, description: 'Most rows of a page' });

/** How many rows a page of a list has that is short as a rule: without it none is cut. */
export const WideLimit = Type.Integer({ minimum: 1, maximum: 1_000, default: 1_000, description: 'Most rows of a page' });

/** Where a page begins. */
export const After = Type.Optional(Type.String({ maxLength: 1_000, description: '`next` of the page before' }));

/** What is searched for. */
export const Search = (where: string) =>
  Type.Optional(
    Type.String({ minLength: 1, maxLength: 255, description: `Those whose ${where} contains this, whatever case and accents` }),
  );

/** A list of `/api/v1` whose rows may be counted. */
export const CountedPage = <T extends TSchema>(item: T) =>
  Type.Object({
    items: Type.Array(item),
    next: OrNull(Type.String(), '`after` of the next page; null at the end'),
    total: OrNull(Count('Rows of the list on all pages'), 'Null unless it was asked for'),
  });

/** A yes or no of a query string. Default no */
export const Flag = (description: string) => Type.Enum(['true', 'false'], { default: 'false', description });

/** The answer to who has the version already. */
export const NotModified = Type.Unsafe<undefined>(Type.Null({ description: 'It is at the version of If-None-Match still' }));

/** An answer without a body. */
export const Nothing = (description: string) => Type.Unsafe<undefined>(Type.Null({ description }));

/** The empty page that changes by the Admin API are answered with. */
export const EmptyPage: MediaAnswer = {
  description: 'Done; the body is empty',
  content: { 'text/html': { schema: Type.String({ maxLength: 0 }) } },
};

/** Text of one content type. */
export const Text = (contentType: string, description: string): MediaAnswer => ({
  description,
  content: { [contentType]: { schema: Type.String() } },
});

/** Bytes, which no schema describes, of one of these content types. */
export const Bytes = (description: string, contentTypes: readonly string[] = ['application/octet-stream']): MediaAnswer => ({
  description,
  content: Object.fromEntries(contentTypes.map((contentType) => [contentType, { schema: Type.Unsafe<unknown>({}) }])),
});
