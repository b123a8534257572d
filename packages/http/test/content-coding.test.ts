import { gzipSync } from 'node:zlib';
import { OdstError } from '@odst/kernel';
import { createSilentLogger } from '@odst/telemetry';
import { expect, test } from 'vitest';
import { buildHttpApp } from '../src/index.ts';

function appWith({ letIn = true } = {}) {
  const app = buildHttpApp({ logger: createSilentLogger(), readiness: () => ({}) });
  const onRequest = async () => {
    if (!letIn) throw new OdstError('COMMON_LOGIN_REQUIRED', 'log in first');
  };
  app.post('/taken', { onRequest }, async (request) => ({ taken: request.body }));
  app.get('/read', async () => ({ read: true }));
  return app;
}
const json = { 'content-type': 'application/json' };

test.each(['gzip', 'br', 'deflate', 'zstd', 'x-gzip', 'GZIP', 'identity, gzip', 'aes128gcm'])(
  'refuses a body in %s, and says what is taken',
  async (coding) => {
    const headers = { ...json, 'content-encoding': coding };
    const answer = await appWith().inject({ method: 'POST', url: '/taken', headers, payload: gzipSync('{"a":1}') });
    expect([answer.statusCode, answer.json().code]).toEqual([415, 'COMMON_CONTENT_ENCODING_UNSUPPORTED']);
    expect(answer.headers['accept-encoding']).toBe('identity');
  },
);

test.each(['identity', 'Identity', '', ' identity , identity'])('takes a body in %j', async (coding) => {
  const headers = { ...json, 'content-encoding': coding };
  const answer = await appWith().inject({ method: 'POST', url: '/taken', headers, payload: '{"a":1}' });
  expect(answer.json()).toEqual({ taken: { a: 1 } });
});

test('says nothing of codings to who is not let in, nor where there is no body', async () => {
  const headers = { ...json, 'content-encoding': 'gzip' };
  const refused = await appWith({ letIn: false }).inject({ method: 'POST', url: '/taken', headers, payload: 'x' });
  expect([refused.statusCode, refused.headers['accept-encoding']]).toEqual([401, undefined]);
  expect((await appWith().inject({ url: '/read', headers: { 'content-encoding': 'gzip' } })).json()).toEqual({ read: true });
});
