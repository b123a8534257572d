import { type ErrorCode, errorRow } from '@odst/kernel';
import { type TObject, type TSchema, Type } from 'typebox';
import { problemOf } from './problem.ts';
import type { MediaAnswer } from './shapes.ts';

/**
 * Who may call: anybody (`open`), an account whose role allows an action, a peer that signs the request (`peer`), or who has a
 * grant of this server for the bytes (`grant`).
 */
export type Access = 'open' | 'peer' | 'grant' | Right;

/** The right to an action. */
export type Right = {
  /** `<resource>:<verb>`, as `packages:upload`. */
  readonly action: string;
  /** The least role that has it. */
  readonly role: 'viewer' | 'uploader' | 'promoter' | 'admin';
};

/** What a route takes and answers: all that a caller has to know of it, declared once for the server, its document and its tests. */
export type Operation = {
  readonly method: 'GET' | 'HEAD' | 'OPTIONS' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** As Fastify has it, `/api/v1/peers/:id`. */
  readonly url: string;
  /** Name of the call in clients that are generated from the document. */
  readonly id: string;
  /** Heading of the document. */
  readonly tag: Tag;
  /** One line. */
  readonly summary: string;
  /** More, in Markdown. */
  readonly description?: string;
  readonly access: Access;
  /** See `quiet` of the route's configuration. Default false */
  readonly quiet?: boolean;
  readonly params?: TObject;
  /** Code of the 404 where a parameter of the path cannot name anything. Default COMMON_ROUTE_UNKNOWN */
  readonly unknown?: ErrorCode;
  readonly query?: TObject;
  readonly body?: TSchema;
  /** Content type of the body. Default `application/json` */
  readonly consumes?: string;
  /** Whether the route reads the body by itself: its schema is documentation then. Default false */
  readonly rawBody?: boolean;
  /** Headers that the route reads, for the document: name → schema. */
  readonly headers?: Readonly<Record<string, TSchema>>;
  /** Answer of each status of success. */
  readonly answers: Readonly<Record<number, TSchema | MediaAnswer>>;
  /** Headers of the answers of success, for the document: name → description. */
  readonly answerHeaders?: Readonly<Record<string, string>>;
  /** What who means this by another method or path is told: how to do it. `{server}` stands for the URL that the request came to. */
  readonly howTo?: string;
  /** What it may refuse with, beside what all routes of its kind may: see {@link codesOf}. */
  readonly errors?: readonly ErrorCode[];
  /** HTTP statuses of codes that are not those of the register here, because a protocol gives the usual ones another meaning. */
  readonly statuses?: Readonly<Partial<Record<ErrorCode, number>>>;
};

/**
 * Whether a request of the operation may be sent again under its `Idempotency-Key`, and gets its first answer again: each POST of
 * `/api/v1` that is made with a login and whose body the server reads as JSON.
 */
export function takesIdempotencyKey({ method, url, access, rawBody = false }: Operation): boolean {
  return method === 'POST' && url.startsWith('/api/v1/') && typeof access === 'object' && !rawBody;
}

/** The headings of the document, with what stands under each. */
export const tags = {
  'Admin API': 'The routes that scripts know. Sizes are bytes, times ISO 8601 UTC without a zone.',
  Packages: 'Packages of this server.',
  Access: 'Logins, accounts and API tokens: who may do what.',
  Peers: 'Servers that this one is registered with.',
  Transfers: 'What this server fetches from others.',
  Events: 'Everything that happened, as CloudEvents.',
  'Read models': 'What the services answer from, and its rebuild.',
  'Dead letters': 'Messages that a consumer could not handle and set aside.',
  Uploads: 'Uploads that go on where they were cut: tus 1.0.0.',
  Downloads: 'Verified bytes, for clients.',
  Federation: 'What servers ask of each other. Requests are signed; the bytes are given against a grant.',
  Server: 'Health, metrics, and the documents that describe this server.',
} as const;

/** A heading of the document. */
export type Tag = keyof typeof tags;

type Part<O, Name extends string> = O extends { readonly [Key in Name]: infer S } ? S : undefined;

/** What Fastify is given of an operation; the handler is missing. */
export type RouteOf<O extends Operation> = {
  readonly method: O['method'];
  readonly url: string;
  readonly schema: {
    readonly params: Part<O, 'params'>;
    readonly querystring: Part<O, 'query'>;
    readonly body: O extends { readonly rawBody: true } ? undefined : Part<O, 'body'>;
    readonly response: O['answers'];
  };
  readonly config: { readonly operation: Operation; readonly quiet: boolean };
};

const noQuery = Type.Object({}, { additionalProperties: false });

/** The query string of an operation: routes of `/api/v1` refuse parameters that they do not have, those of before pass over them. */
export function queryOf({ query, url }: Operation): TObject | undefined {
  return query ?? (url.startsWith('/api/v1/') ? noQuery : undefined);
}

/** The options of an operation's route, to which its handler is added. The types of request and answer follow from the schemas. */
export function routeOf<const O extends Operation>(operation: O): RouteOf<O> {
  const { method, url, params, body, rawBody = false, quiet = false } = operation as Operation;
  const querystring = queryOf(operation);
  const schema = {
    ...(params === undefined ? {} : { params }),
    ...(querystring === undefined ? {} : { querystring }),
    ...(body === undefined || rawBody ? {} : { body }),
    response: responsesOf(operation),
  };
  return { method, url, schema, config: { operation, quiet } } as unknown as RouteOf<O>;
}

/** The answers of an operation by status, those of success first, then a problem document for each status of its codes. */
export function responsesOf(operation: Operation): Record<string, TSchema | MediaAnswer> {
  const problems = Map.groupBy(codesOf(operation), (code) => statusOf(operation, code));
  const refusals = [...problems].toSorted(([one], [other]) => one - other).map(([status, codes]) => [status, problemOf(codes)]);
  return { ...operation.answers, ...Object.fromEntries(refusals) };
}

/** The HTTP status with which an operation refuses with a code. */
export function statusOf(operation: Pick<Operation, 'statuses'> | undefined, code: ErrorCode): number {
  return operation?.statuses?.[code] ?? errorRow(code).http;
}

const ofServices = ['COMMON_SERVICE_UNAVAILABLE', 'COMMON_DEADLINE_EXCEEDED', 'COMMON_DATABASE_UNAVAILABLE'] as const;
const ofBodies = [
  'COMMON_REQUEST_MALFORMED',
  'COMMON_CONTENT_TYPE_UNSUPPORTED',
  'COMMON_CONTENT_ENCODING_UNSUPPORTED',
  'COMMON_CONTENT_TOO_LARGE',
] as const;
const ofSignatures = [
  'REGISTRATION_SIGNATURE_INVALID',
  'REGISTRATION_SIGNATURE_REPLAYED',
  'REGISTRATION_CLOCK_SKEW',
  'REGISTRATION_SERVER_BLOCKED',
  ...ofServices,
] as const;
const ofLogins = [
  'COMMON_LOGIN_REQUIRED',
  'REGISTRATION_CREDENTIALS_INVALID',
  'REGISTRATION_PASSWORD_DEFAULT',
  'REGISTRATION_LOGIN_LIMITED',
  'REGISTRATION_TOKEN_REFUSED',
  'REGISTRATION_SESSION_OVER',
  'COMMON_ORIGIN_REFUSED',
  'COMMON_ACCESS_DENIED',
  ...ofServices,
] as const;

const ofIdempotencyKeys = [
  'COMMON_REQUEST_INVALID',
  'COMMON_IDEMPOTENCY_KEY_REUSED',
  'COMMON_IDEMPOTENCY_KEY_BUSY',
  'COMMON_IDEMPOTENCY_ANSWER_GONE',
] as const;

/** All codes that an operation may refuse with: its own, and those that follow from who may call it and what it takes. */
export function codesOf(operation: Operation): ErrorCode[] {
  const { method, url, access, params, unknown = 'COMMON_ROUTE_UNKNOWN', body, errors = [] } = operation;
  const query = queryOf(operation);
  // A request without Host, or with a path that is not percent-encoded UTF-8, is refused before its route is known.
  const codes: ErrorCode[] = [...errors, 'COMMON_INTERNAL', 'COMMON_REQUEST_MALFORMED'];
  if (typeof access === 'object') codes.push(...ofLogins);
  if (access === 'peer') codes.push(...ofSignatures);
  if (access === 'grant') codes.push('STORAGE_GRANT_INVALID', ...ofServices);
  if (takesIdempotencyKey(operation)) codes.push(...ofIdempotencyKeys);
  // Also where no body is read: what has one is looked at before the route is.
  if (!['GET', 'HEAD'].includes(method)) codes.push(...ofBodies);
  if (body !== undefined || query !== undefined) codes.push('COMMON_REQUEST_INVALID');
  if (params !== undefined) codes.push(unknown);
  // So is a path whose part is longer than any name; the rest of a path may be.
  if (url.includes(':')) codes.push('COMMON_ROUTE_UNKNOWN');
  return [...new Set(codes)];
}
