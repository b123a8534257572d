import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import type { Operation } from '@odst/api';
import { Ajv, type ErrorObject } from 'ajv';
import type { FastifyBaseLogger, FastifyInstance } from 'fastify';
import type { Static, TSchema } from 'typebox';
import { faultIn } from './framework-error.ts';
import { parseJson } from './json-body.ts';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** What the route takes and answers. */
    operation?: Operation;
    /**
     * The route is asked all the time, by programs: its successes are worth a line for those who debug only, and it begins no
     * trace. Default false
     */
    quiet?: boolean;
  }
}

/** A Fastify application whose handlers have the types of their route's schemas. */
export type HttpApp = FastifyInstance<Server, IncomingMessage, ServerResponse, FastifyBaseLogger, TypeBoxTypeProvider>;

/** Validators hang on schemas alone, and schemas are made once: all applications of a process share them. It keeps what it compiled. */
const ajv = new Ajv({
  // A field of another type is a mistake to be told of, never to be bent into shape.
  coerceTypes: false,
  removeAdditional: false,
  useDefaults: true,
  // Formats tell readers; what must hold has a pattern.
  validateFormats: false,
  // A fault says what its schema allows.
  verbose: true,
});

/**
 * Gives an application its two validators: bodies are taken by the letter; parameters and query strings, which are text, become
 * what their schema says. Answers are written as they are: no schema drops or bends a field of them, and tests hold each answer
 * to its schema (`packages/testing/src/answers.ts`).
 */
export function takeSchemas(app: HttpApp): void {
  // Each is compiled at its first request: those of all routes at once would be a fifth of a server's start.
  app.setValidatorCompiler<TSchema>(({ schema, httpPart }) =>
    httpPart === 'body' ? (value) => verdictOn(schema, value) : coercing(schema, httpPart === 'params' ? plainDigits : digits),
  );
  app.setSerializerCompiler(() => JSON.stringify);
}

/**
 * Refuses what a body says to an operation of `/api/v1` that takes none: passed over, it would be taken for done. An empty object says
 * nothing.
 */
export function refuseStrangeBodies(app: HttpApp): void {
  app.addHook('preValidation', (request, _reply, done) => {
    const { operation } = request.routeOptions.config;
    const { body } = request;
    const takesNone = operation?.url.startsWith('/api/v1/') === true && operation.body === undefined;
    if (!takesNone || body === undefined || body === null) return done();
    return done(validateNone(body) ? undefined : faultIn('body', validateNone.errors?.[0]));
  });
}

const validateNone = ajv.compile({ type: 'object', additionalProperties: false });

/** What a validator of Fastify's gives back. */
type Verdict = { error: ErrorObject[] } | { value: unknown };

/** Digits only: what JavaScript takes for numbers besides, as `1e3`, ` 7` and `0x10`, is rather a mistake. */
const digits = /^\d{1,15}$/;

/** In a path without leading zeros: a thing has one address. */
const plainDigits = /^(?:0|[1-9]\d{0,14})$/;

type Property = { readonly type?: string; readonly anyOf?: readonly Property[] };

function verdictOn(schema: TSchema, value: unknown): Verdict {
  const validate = ajv.compile(schema);
  return validate(value) ? { value } : { error: validate.errors ?? [] };
}

function coercing(schema: TSchema, numbers: RegExp): (text: unknown) => Verdict {
  const { properties = {} } = schema as { readonly properties?: Readonly<Record<string, Property>> };
  return (text) => {
    const given = Object.entries(text as Readonly<Record<string, unknown>>);
    const repeated = given.find(
      ([name, one]) => Array.isArray(one) && Object.hasOwn(properties, name) && !takesMany(properties[name]),
    );
    if (repeated !== undefined) return { error: [repetitionOf(repeated[0])] };
    // Not a plain object's prototype: a parameter may have any name.
    const value = Object.assign(
      Object.create(null),
      Object.fromEntries(given.map(([name, one]) => [name, properties[name]?.type === 'integer' ? coerced(one, numbers) : one])),
    );
    return verdictOn(schema, value);
  };
}

function takesMany({ type, anyOf = [] }: Property = {}): boolean {
  return type === 'array' || anyOf.some(takesMany);
}

/** Of two values one would be passed over. */
function repetitionOf(name: string): ErrorObject {
  return { keyword: 'repeated', instancePath: `/${name}`, schemaPath: '', params: {} };
}

function coerced(value: unknown, numbers: RegExp): unknown {
  return typeof value === 'string' && numbers.test(value) ? Number(value) : value;
}

/**
 * Reads a JSON body that a route took as bytes, because a signature covers them.
 * @throws OdstError COMMON_REQUEST_MALFORMED, COMMON_REQUEST_INVALID
 */
export function readJson<T extends TSchema>(schema: T, bytes: Buffer): Static<T> {
  const value = parseJson(bytes);
  const validate = ajv.compile(schema);
  if (validate(value)) return value as Static<T>;
  throw faultIn('body', validate.errors?.[0]);
}
