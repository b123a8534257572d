import { createSilentLogger } from '@odst/telemetry';
import { expect, test } from 'vitest';
import { buildHttpApp } from '../src/index.ts';

const schema = {
  type: 'object',
  required: ['stage'],
  additionalProperties: false,
  properties: {
    stage: { enum: ['Dev', 'Prod'] },
    name: { type: 'string', minLength: 1, maxLength: 3 },
    code: { type: 'string', minLength: 2, pattern: '^[a-z]+$' },
    sizes: {
      type: 'object',
      minProperties: 1,
      properties: { width: { type: 'integer', minimum: 0 }, height: { type: ['number', 'null'] } },
    },
    quick: { type: 'boolean' },
    tags: { type: 'array', minItems: 1, maxItems: 2, uniqueItems: true },
  },
};

/** What is answered to a body of a route that takes a stage and perhaps a name. */
async function answerTo(payload: string | Buffer, contentType = 'application/json') {
  const app = buildHttpApp({ logger: createSilentLogger(), readiness: () => ({}) });
  app.post('/', { schema: { body: schema } }, async (request) => request.body);
  const answer = await app.inject({ method: 'POST', url: '/', payload, headers: { 'content-type': contentType } });
  return answer.json<Record<string, unknown>>();
}

test('takes JSON as it is', async () => {
  expect(await answerTo('{"stage":"Dev","name":"ü"}')).toEqual({ stage: 'Dev', name: 'ü' });
});

test.each([
  ['that is not UTF-8', Buffer.from([0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d])],
  ['with half a surrogate', '{"stage":"Dev","name":"\\ud800"}'],
  ['with half a surrogate in a name', '{"stage":"Dev","\\udc00":1}'],
  ['that pollutes prototypes', '{"stage":"Dev","__proto__":{"a":1}}'],
  ['that ends early', '{"stage":'],
  ['that is nested without end', '{"stage":'.repeat(50_000)],
])('refuses a body %s as malformed', async (_what, payload) => {
  expect(await answerTo(payload)).toMatchObject({ status: 400, code: 'COMMON_REQUEST_MALFORMED' });
});

test('takes a body that is nested deeper than the stack as any other', async () => {
  const deep = `{"stage":"Dev","name":${'['.repeat(200_000)}${']'.repeat(200_000)}}`;
  expect(await answerTo(deep)).toMatchObject({ status: 422, code: 'COMMON_REQUEST_INVALID' });
});

test.each(['text/plain', 'application/x-www-form-urlencoded', 'application/xml'])('does not take %s', async (type) => {
  expect(await answerTo('{"stage":"Dev"}', type)).toMatchObject({ status: 415, code: 'COMMON_CONTENT_TYPE_UNSUPPORTED' });
});

test.each([
  ['{"name":"x"}', '/stage', 'stage is missing'],
  ['{"stage":"prod"}', '/stage', 'stage is not one of Dev, Prod'],
  ['{"stage":"Dev","colour":1}', '/colour', 'colour is no field of this request'],
  ['{"stage":"Dev","name":"long"}', '/name', 'name has more than 3 characters'],
  ['{"stage":"Dev","name":""}', '/name', 'name is empty'],
  ['{"stage":"Dev","name":7}', '/name', 'name is to be text'],
  ['{"stage":"Dev","code":"1"}', '/code', 'code has fewer than 2 characters'],
  ['{"stage":"Dev","code":"12"}', '/code', 'code is not of the form ^[a-z]+$'],
  ['{"stage":"Dev","sizes":{}}', '/sizes', 'sizes has no field: there are width, height'],
  ['{"stage":"Dev","sizes":{"width":-1}}', '/sizes/width', 'sizes/width is a whole number from 0'],
  ['{"stage":"Dev","sizes":{"height":true}}', '/sizes/height', 'sizes/height is to be a number or null'],
  ['{"stage":"Dev","sizes":[]}', '/sizes', 'sizes is to be an object'],
  ['{"stage":"Dev","quick":1}', '/quick', 'quick is to be true or false'],
  ['{"stage":"Dev","tags":"a"}', '/tags', 'tags is to be a list'],
  ['{"stage":"Dev","tags":["a","a"]}', '/tags', 'tags names something twice'],
  ['{"stage":"Dev","tags":[]}', '/tags', 'tags is empty'],
  ['{"stage":"Dev","tags":["a","b","c"]}', '/tags', 'tags has more than 2 entries'],
  ['[]', '/', 'the body is to be an object'],
])('says of %s what is wrong and where', async (payload, pointer, detail) => {
  expect(await answerTo(payload)).toMatchObject({
    status: 422,
    code: 'COMMON_REQUEST_INVALID',
    detail,
    errors: [{ pointer, detail }],
  });
});
