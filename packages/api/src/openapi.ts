import swagger from '@fastify/swagger';
import fastify from 'fastify';
import { type TObject, Type } from 'typebox';
import { type Operation, queryOf, responsesOf, tags, takesIdempotencyKey } from './operation.ts';
import { operations } from './operations.ts';
import { Problem } from './problem.ts';

/** A JSON value of the document. */
type Json = null | boolean | number | string | readonly Json[] | { readonly [name: string]: Json };

const description = `Errors are problem documents (RFC 9457) with a stable \`code\`: [all errors](/api/docs/errors).
Routes under \`/api/v1\` refuse query parameters that they do not have.
Each \`GET\` is answered to \`HEAD\` too, without its body. \`OPTIONS\` of a path that there is gets 204 with \`Allow\`; a method that it does
not take gets 405 with \`Allow\`, \`COMMON_METHOD_NOT_ALLOWED\`, before its body is read.
Repeated slashes of a path are one, and one at its end counts for nothing; \`.\`, \`..\` and \`%2F\` lead nowhere.`;

/** What `*` of a path is called. */
const restName = 'filename';

const securitySchemes = {
  account: { type: 'http', scheme: 'basic', description: 'An account of this server' },
  apiToken: { type: 'http', scheme: 'bearer', description: 'An API token of this server, `odst_…`' },
  session: {
    type: 'apiKey',
    in: 'cookie',
    name: 'odst-session',
    description: 'A browser that has logged in; over TLS `__Host-odst-session`',
  },
  peerSignature: {
    type: 'http',
    scheme: 'ODST',
    description: 'A token (JWS, EdDSA) of a registered peer over method, target and body of this one request, good for one use',
  },
  grant: { type: 'http', scheme: 'Grant', description: '`ODST-Grant` of a manifest' },
} as const;

/**
 * The OpenAPI 3.1 document of all operations, the same on every server of this version, whichever of its processes serves them.
 * @param version of the product
 */
export async function openApiDocument(version: string): Promise<Readonly<Record<string, Json>>> {
  const app = fastify();
  await app.register(swagger, {
    openapi: {
      openapi: '3.1.1',
      info: {
        title: 'Open Distribution Server',
        version,
        description,
        license: { name: 'Apache License 2.0', identifier: 'Apache-2.0' } as { name: string },
      },
      tags: Object.entries(tags).map(([name, text]) => ({ name, description: text })),
      components: { securitySchemes },
    },
  });
  for (const operation of operations) {
    app.route({
      method: operation.method,
      url: operation.url.replace('*', `:${restName}`),
      exposeHeadRoute: false,
      // One that is declared is of its own.
      config: { swagger: { exposeHeadRoute: true } },
      schema: documented(operation),
      validatorCompiler: () => () => true,
      serializerCompiler: () => JSON.stringify,
      handler: () => undefined,
    });
  }
  await app.ready();
  const written = JSON.parse(JSON.stringify(app.swagger())) as { paths: Json; components: { schemas: Json } };
  await app.close();
  return withComponents(written) as unknown as Readonly<Record<string, Json>>;
}

const idempotencyKey = {
  'idempotency-key': Type.String({
    pattern: '^(?:[!#-+\\--\\[\\]-~]{1,255}|"[!#-+\\--\\[\\]-~]{1,255}")$',
    description:
      'Chosen by the client for this one request, 1 to 255 visible ASCII characters without quotes, backslash and comma. Sent again with it within 24 h, the request gets its first answer again, with `Idempotency-Replayed: true`',
    examples: ['8e03978e-40d5-43e8-bc93-6894a57f9324'],
  }),
};

function documented(operation: Operation): object {
  const { id, tag, summary, description: more, access, params, body, consumes = 'application/json' } = operation;
  const headers = takesIdempotencyKey(operation) ? { ...operation.headers, ...idempotencyKey } : operation.headers;
  const query = queryOf(operation);
  const role = typeof access === 'object' ? `Role \`${access.role}\`.` : undefined;
  const described = [more, role].filter((part) => part !== undefined).join('\n\n');
  return {
    operationId: id,
    tags: [tag],
    summary,
    ...(described === '' ? {} : { description: described }),
    security: securityOf(operation),
    ...(typeof access === 'object' ? { 'x-action': access.action, 'x-role': access.role } : {}),
    ...(params === undefined ? {} : { params: withNamedRest(params) }),
    ...(query === undefined ? {} : { querystring: query }),
    ...(headers === undefined ? {} : { headers: { type: 'object', properties: headers } }),
    ...(body === undefined ? {} : { body, consumes: [consumes] }),
    response: documentedAnswers(operation),
  };
}

function securityOf({ access }: Operation): readonly object[] {
  if (access === 'open') return [];
  if (access === 'peer') return [{ peerSignature: [] }];
  if (access === 'grant') return [{ grant: [] }];
  return [{ account: [] }, { apiToken: [] }, { session: [] }];
}

function withNamedRest({ properties, ...params }: TObject): object {
  return { ...params, properties: Object.fromEntries(Object.entries(properties).map(([name, one]) => [pathName(name), one])) };
}

/** The rest of a path is a name here. */
function pathName(text: string): string {
  return text.replace('*', restName);
}

/** Headers of the refusals of one status. */
const refusalHeaders: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  401: { 'www-authenticate': 'How to log in' },
  409: { 'retry-after': 'Seconds to wait, where the first request with this Idempotency-Key is under way' },
  416: { 'content-range': '`bytes */<size>`' },
  429: { 'retry-after': 'Seconds to wait' },
  503: { 'retry-after': 'Seconds to wait, where they are known' },
};

function documentedAnswers(operation: Operation): object {
  const answers = Object.entries(responsesOf(operation)).map(([status, answer]) => {
    const isRefusal = operation.answers[Number(status)] === undefined;
    const described = Object.entries((isRefusal ? refusalHeaders[status] : operation.answerHeaders) ?? {});
    const headers = Object.fromEntries(described.map(([name, text]) => [name, { type: 'string', description: text }]));
    const withHeaders = described.length === 0 ? {} : { headers };
    const { type, title = 'Done', description: text = title } = answer as Readonly<Record<string, unknown>>;
    if ('content' in answer || type === 'null') return [status, { ...answer, ...withHeaders }];
    return [status, { description: text, content: { 'application/json': { schema: answer } }, ...withHeaders }];
  });
  return Object.fromEntries(answers);
}

/** Moves what has a title to the components, so that generated clients have one type of it, and problems into one with their codes. */
function withComponents<Written extends { readonly paths: Json; readonly components: object }>(document: Written): Written {
  const schemas: Record<string, Json> = { Problem: plain(Problem) };
  const responses: Record<string, Json> = {};
  const move = (value: Json): Json => {
    if (Array.isArray(value)) return value.map(move);
    if (typeof value !== 'object' || value === null) return value;
    const moved: Record<string, Json> = Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, move(inner)]));
    const problem = problemIn(moved);
    if (problem !== undefined) {
      responses[problem.name] = { ...moved, content: problem.content };
      return { $ref: `#/components/responses/${problem.name}` };
    }
    // What has a default need not be sent, which the schema alone does not say.
    if (moved['in'] === 'query' && hasDefault(moved['schema'])) return { ...moved, required: false };
    const { title } = moved;
    if (typeof title !== 'string') return moved;
    schemas[title] = moved;
    return { $ref: `#/components/schemas/${title}` };
  };
  const paths = move(document.paths);
  nameHeads(paths as Record<string, { head?: { operationId?: string } }>);
  return { ...document, paths, components: { ...document.components, schemas, responses } };
}

/** What is declared for HEAD has the id that it declares; the generator puts `-head` behind it. */
function nameHeads(paths: Readonly<Record<string, { readonly head?: { operationId?: string } }>>): void {
  for (const { head } of Object.values(paths)) {
    if (head?.operationId !== undefined) head.operationId = head.operationId.replace(/-head$/, '');
  }
}

/** The content of a refusal, as the problem with its codes, and a name for it: refusals of the same codes stand there once. */
function problemIn({ content }: Readonly<Record<string, Json>>): { readonly name: string; readonly content: Json } | undefined {
  const { 'application/problem+json': problem } = (content ?? {}) as Readonly<Record<string, Json>>;
  if (problem === undefined) return undefined;
  const { schema } = problem as {
    readonly schema: { readonly properties: { readonly code: { readonly enum: readonly string[] } } };
  };
  const { code } = schema.properties;
  const codes = { type: 'object', properties: { code } };
  const refined = { allOf: [{ $ref: '#/components/schemas/Problem' }, codes] };
  return { name: code.enum.join('.'), content: { 'application/problem+json': { schema: refined } } };
}

function hasDefault(schema: Json | undefined): boolean {
  return typeof schema === 'object' && schema !== null && Object.hasOwn(schema, 'default');
}

/** A schema without what TypeBox keeps in it beside. */
function plain(schema: object): Json {
  return JSON.parse(JSON.stringify(schema)) as Json;
}
