import { type Operation, routeOf } from '@odst/api';
import { isOdstError } from '@odst/kernel';
import { createSilentLogger } from '@odst/telemetry';
import { Type } from 'typebox';
import { describe, expect, test } from 'vitest';
import { buildHttpApp, readJson } from '../src/index.ts';

const echo = Type.Object({
  params: Type.Object({ id: Type.Integer(), name: Type.String() }),
  query: Type.Unknown(),
  body: Type.Unknown(),
});

const operation = {
  method: 'POST',
  url: '/notes/:id/:name',
  id: 'writeNote',
  tag: 'Server',
  summary: 'Write a note',
  access: 'open',
  params: Type.Object({ id: Type.Integer({ minimum: 1, maximum: 99 }), name: Type.String() }),
  unknown: 'CATALOG_PACKAGE_UNKNOWN',
  query: Type.Object(
    {
      limit: Type.Integer({ minimum: 1, maximum: 1_000, default: 100 }),
      after: Type.Optional(Type.String({ pattern: '^\\d+$', description: 'A number of digits' })),
      state: Type.Optional(Type.Enum(['new', 'old'])),
      tags: Type.Optional(Type.Array(Type.String())),
    },
    { additionalProperties: false },
  ),
  body: Type.Object({ count: Type.Integer({ minimum: 0, maximum: 9 }) }, { additionalProperties: false }),
  answers: { 200: echo },
} as const satisfies Operation;

async function ask(path: string, payload: unknown = { count: 1 }) {
  const app = buildHttpApp({ logger: createSilentLogger(), readiness: () => ({}) });
  app.route({
    ...routeOf(operation),
    handler: async ({ params, query, body }) => ({ params, query, body }),
  });
  const headers = { 'content-type': 'application/json' };
  const answer = await app.inject({ method: 'POST', url: `/notes/${path}`, headers, payload: JSON.stringify(payload) });
  return { status: answer.statusCode, json: answer.json() };
}

describe('parameters and query strings', () => {
  test('become what their schema says, with its defaults', async () => {
    expect((await ask('7/8?after=9')).json).toEqual({
      params: { id: 7, name: '8' },
      query: { limit: 100, after: '9' },
      body: { count: 1 },
    });
    expect((await ask('7/x?limit=007&tags=a&tags=b')).json.query).toEqual({ limit: 7, tags: ['a', 'b'] });
  });

  test.each([
    ['limit=1e3', 'limit is a whole number from 1 to 1000', '/limit'],
    ['limit=0x10', 'limit is a whole number from 1 to 1000', '/limit'],
    ['limit=%207', 'limit is a whole number from 1 to 1000', '/limit'],
    ['limit=', 'limit is a whole number from 1 to 1000', '/limit'],
    ['limit=0', 'limit is a whole number from 1 to 1000', '/limit'],
    ['limit=1001', 'limit is a whole number from 1 to 1000', '/limit'],
    ['limit=1&limit=2', 'limit is given more than once: give it once', '/limit'],
    ['limit=1&limit=1', 'limit is given more than once: give it once', '/limit'],
    ['state=new&state=old', 'state is given more than once: give it once', '/state'],
    ['after=1&after=2', 'after is given more than once: give it once', '/after'],
    ['lim=7&lim=8', 'there is no parameter lim: there are limit, after, state, tags', '/lim'],
    ['limit=9999999999999999', 'limit is a whole number from 1 to 1000', '/limit'],
    ['after=x', 'after is to be this: A number of digits', '/after'],
    ['state=newest', 'state is not one of new, old', '/state'],
    ['lim=7', 'there is no parameter lim: there are limit, after, state, tags', '/lim'],
    ['__proto__=7', 'there is no parameter __proto__: there are limit, after, state, tags', '/__proto__'],
    ['constructor=7', 'there is no parameter constructor: there are limit, after, state, tags', '/constructor'],
  ])('%s is refused: %s', async (query, detail, pointer) => {
    const { status, json } = await ask(`7/x?${query}`);
    expect([status, json.code, json.errors]).toEqual([422, 'COMMON_REQUEST_INVALID', [{ detail, pointer }]]);
  });

  test.each(['x', '0', '007', '00', '100', '1.5', '1e1', '-1', '%207'])(
    'a path with %s for a number names nothing',
    async (id) => {
      const { status, json } = await ask(`${id}/x`);
      expect([status, json.code]).toEqual([404, 'CATALOG_PACKAGE_UNKNOWN']);
      expect(json.detail).toBe(`there is nothing at /notes/${id}/x: id is a whole number from 1 to 99`);
    },
  );
});

test.each([
  [{ count: '1' }, 'count is a whole number from 0 to 9', '/count'],
  [{ count: 1.5 }, 'count is a whole number from 0 to 9', '/count'],
  [{ count: true }, 'count is a whole number from 0 to 9', '/count'],
  [{}, 'count is missing', '/count'],
  [{ count: 1, color: 'red' }, 'color is no field of this request', '/color'],
  [[], 'the body is to be an object', '/'],
])('the body %j is taken by the letter: %s', async (body, detail, pointer) => {
  const { status, json } = await ask('7/x', body);
  expect([status, json.code, json.errors]).toEqual([422, 'COMMON_REQUEST_INVALID', [{ detail, pointer }]]);
});

test('writes what the handler gives, whatever the schema says; a number of 64 bits it refuses rather than bend it', async () => {
  const app = buildHttpApp({ logger: createSilentLogger(), readiness: () => ({}) });
  const at = new Date(0);
  app.get('/notes', async () => ({ at, half: 1.5, none: null }));
  app.get('/counts', async () => ({ count: 9_007_199_254_740_993n }));
  expect((await app.inject('/notes')).json()).toEqual({ at: at.toISOString(), half: 1.5, none: null });
  expect((await app.inject('/counts')).statusCode).toBe(500);
});

describe('a body that was taken as bytes', () => {
  const read = (body: string | Buffer) => {
    try {
      return readJson(operation.body, Buffer.from(body as string));
    } catch (error) {
      return isOdstError(error) ? [error.code, error.message] : error;
    }
  };

  test('is read by its schema', () => {
    expect(read('{"count":1}')).toEqual({ count: 1 });
    expect(read('{"count":"1"}')).toEqual(['COMMON_REQUEST_INVALID', 'count is a whole number from 0 to 9']);
    expect(read('null')).toEqual(['COMMON_REQUEST_INVALID', 'the body is to be an object']);
    expect(read('{')).toEqual(['COMMON_REQUEST_MALFORMED', 'the body is not JSON']);
  });

  test('is taken by the letter, as all others are', () => {
    const notUtf8 = Buffer.concat([Buffer.from('{"count":1,"name":"'), Buffer.from([0xff]), Buffer.from('"}')]);
    expect(read(notUtf8)).toEqual(['COMMON_REQUEST_MALFORMED', 'the body is not UTF-8']);
    const malformed = ['COMMON_REQUEST_MALFORMED', 'the body has a string that is not well-formed Unicode'];
    expect(read('{"count":1,"name":"\\ud800"}')).toEqual(malformed);
    expect(read('{"count":1,"\\udc00":[]}')).toEqual(malformed);
  });
});
