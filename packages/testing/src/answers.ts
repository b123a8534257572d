import { subscribe } from 'node:diagnostics_channel';
import { isDeepStrictEqual } from 'node:util';
import { Ajv, type ValidateFunction } from 'ajv';
import addFormats from 'ajv-formats';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';

/** What Fastify tells of each application that is made. */
const madeChannel = 'fastify.initialization';

/** What a route declares of one status: a schema, or one for each content type. */
type Declared = { readonly type?: unknown; readonly content?: Readonly<Record<string, { readonly schema: object }>> };

const ajv = addFormats.default(new Ajv({ strict: false, allErrors: true }));
const validators = new Map<object, ValidateFunction>();
const handedOver = new WeakMap<FastifyRequest, unknown>();

/**
 * Holds every answer of every Fastify application of this process to the schema of its route, once called: what the handler gave
 * has no field that the schema does not name, nothing of it was lost on the way out, and status and content type are declared.
 * @param report is told each answer that is not so
 */
export function watchAnswers(report: (problem: string) => void): void {
  subscribe(madeChannel, (message) => {
    const { fastify: app } = message as { readonly fastify: FastifyInstance };
    const tell = ({ method, routeOptions }: FastifyRequest, { statusCode }: FastifyReply, problem: string | undefined) => {
      if (problem !== undefined) report(`${method} ${routeOptions.url}, ${statusCode}: ${problem}`);
    };
    app.addHook('preSerialization', async (request, _reply, payload) => {
      handedOver.set(request, payload);
      return payload;
    });
    app.addHook('onSend', async (request, reply, payload) => {
      tell(request, reply, problemOf(request, reply, payload));
      return payload;
    });
    // Downloads go past the framework: of them status and type are seen.
    app.addHook('onResponse', async (request, reply) => tell(request, reply, undeclared(request, reply)));
  });
}

let broken: string[] = [];
let keeping = false;

/** Begins to keep what {@link watchAnswers} reports, for {@link checkAnswers}. Test files that share a process all say so: once is enough. */
export function keepAnswers(): void {
  if (keeping) return;
  keeping = true;
  watchAnswers((problem) => broken.push(problem));
}

/** @throws Error that names each answer since the last call that breaks the schema of its route, and how */
export function checkAnswers(): void {
  const problems = broken;
  broken = [];
  if (problems.length > 0) throw new Error(`answered what the schema of the route does not allow:\n${problems.join('\n')}`);
}

function problemOf(request: FastifyRequest, reply: FastifyReply, written: unknown): string | undefined {
  const schema = schemaOf(request, reply);
  if (schema === undefined || typeof written !== 'string' || !isJson(reply)) return undefined;
  const sent: unknown = JSON.parse(written);
  const given = handedOver.get(request);
  // Undefined fields and dates are what JSON makes of them.
  if (given !== undefined && !isDeepStrictEqual(JSON.parse(JSON.stringify(given)), sent))
    return `the serializer wrote ${written} for ${JSON.stringify(given)}`;
  const validate = validators.get(schema) ?? ajv.compile(closed(schema));
  validators.set(schema, validate);
  return validate(sent) ? undefined : `${ajv.errorsText(validate.errors)} in ${written}`;
}

/** That an answer has a status or a content type which its route does not declare. Routes without any schema are tests' own. */
function undeclared(request: FastifyRequest, reply: FastifyReply): string | undefined {
  const declared = declaredOf(request);
  if (declared === undefined) return undefined;
  const answer = declared[reply.statusCode];
  if (answer === undefined) return 'the route declares no such status';
  const type = typeOf(reply);
  const expected = answer.content === undefined ? ['application/json'] : Object.keys(answer.content);
  return type === '' || answer.type === 'null' || expected.includes(type) ? undefined : `the route declares no ${type}`;
}

function declaredOf({ routeOptions }: FastifyRequest): Readonly<Record<number, Declared>> | undefined {
  return routeOptions.schema?.response as Readonly<Record<number, Declared>> | undefined;
}

function schemaOf(request: FastifyRequest, reply: FastifyReply): object | undefined {
  const answer = declaredOf(request)?.[reply.statusCode];
  return answer?.content === undefined ? answer : answer.content[typeOf(reply)]?.schema;
}

function typeOf(reply: FastifyReply): string {
  return String(reply.getHeader('content-type') ?? '').split(';', 1)[0] ?? '';
}

function isJson(reply: FastifyReply): boolean {
  return /[/+]json$/.test(typeOf(reply));
}

/** A schema whose objects have the properties that it names and no other, unless it says otherwise itself. */
function closed(schema: unknown): object {
  const close = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(close);
    if (typeof value !== 'object' || value === null) return value;
    const inner = Object.fromEntries(Object.entries(value).map(([name, one]) => [name, close(one)]));
    return typeof inner['properties'] === 'object' && inner['type'] === 'object'
      ? { additionalProperties: false, ...inner }
      : inner;
  };
  return close(schema) as object;
}
