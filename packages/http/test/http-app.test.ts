import { OdstError } from '@odst/kernel';
import { createLogger, createSilentLogger } from '@odst/telemetry';
import { expect, test } from 'vitest';
import { assertStage, buildHttpApp, createAuthorizer, type HttpAppOptions } from '../src/index.ts';

const granted = { username: 'eva', ownStages: [], sessionId: '', tokenId: '' };

const appWith = (options: Partial<HttpAppOptions> = {}) =>
  buildHttpApp({ logger: createSilentLogger(), readiness: () => ({}), ...options });

test('tells health to everybody', async () => {
  const app = appWith({ readiness: () => ({ database: { ok: true, detail: '' }, sync: { ok: false, detail: 'away' } }) });
  expect((await app.inject('/healthz')).body).toBe('ok\n');
  const { statusCode, body } = await app.inject('/readyz');
  expect([statusCode, body]).toEqual([503, 'ok database\nfailed sync: away\n']);
});

test('answers every fault with a problem document', async () => {
  const app = appWith();
  app.get('/refuses', () => {
    throw new OdstError('COMMON_ACCESS_DENIED', 'not you');
  });
  app.get('/breaks', () => {
    throw new Error('secret inside');
  });
  const codeOf = async (url: string) => (await app.inject(url)).json<{ code: string }>().code;
  expect(await codeOf('/refuses')).toBe('COMMON_ACCESS_DENIED');
  expect(await codeOf('/nothing')).toBe('COMMON_ROUTE_UNKNOWN');
  const { headers, body } = await app.inject('/breaks');
  expect(headers).toMatchObject({
    'content-type': 'application/problem+json; charset=utf-8',
    'x-content-type-options': 'nosniff',
  });
  expect(body).not.toContain('secret inside');
});

test('tells a peer whose clock differs its own time, in the header of the refusal', async () => {
  const app = appWith();
  app.get('/api/ods/v1/changes', () => {
    throw new OdstError('REGISTRATION_CLOCK_SKEW', 'too far', { signedTime: 'a token' });
  });
  const { statusCode, headers } = await app.inject('/api/ods/v1/changes');
  expect([statusCode, headers['odst-time'], headers['www-authenticate']]).toEqual([401, 'a token', 'ODST realm="peers"']);
});

test('takes a file name of 255 bytes, percent-encoded, as one part of a path', async () => {
  const app = appWith();
  app.get<{ Params: { name: string } }>('/share/:name', async (request) => request.params.name);
  const name = 'ü'.repeat(127);
  expect((await app.inject(`/share/${encodeURIComponent(name)}`)).body).toBe(name);
});

/** What registration is asked about a request that comes over a socket of `remoteAddress`. */
async function askedFor(options: { trustedProxies?: string[]; remoteAddress: string; headers: Record<string, string> }) {
  const { trustedProxies = [], ...request } = options;
  let asked: { remoteAddress: string; forwarded: boolean } | undefined;
  const authorizer = createAuthorizer({
    async authorize({ remoteAddress, forwarded }) {
      asked = { remoteAddress, forwarded };
      return { ...granted, actor: 'account:admin', role: 'admin', stages: [] };
    },
  });
  const app = appWith({ trustedProxies });
  app.get('/', async (incoming) => (await authorizer.authorize(incoming, 'about:read')).remoteAddress);
  const { body } = await app.inject({ url: '/', ...request });
  expect(body).toBe(asked?.remoteAddress);
  return asked;
}

test("a client's address is the socket's, whatever the client claims", async () => {
  const headers = { 'x-forwarded-for': '127.0.0.1' };
  expect(await askedFor({ remoteAddress: '192.0.2.7', headers })).toEqual({ remoteAddress: '192.0.2.7', forwarded: true });
});

test('a trusted proxy tells the address of its client, and what that client claims counts for nothing', async () => {
  const headers = { 'x-forwarded-for': '127.0.0.1, 192.0.2.7' };
  const trustedProxies = ['10.0.0.0/8'];
  expect(await askedFor({ trustedProxies, remoteAddress: '10.1.2.3', headers })).toEqual({
    remoteAddress: '192.0.2.7',
    forwarded: true,
  });
});

test('a request through a proxy on this machine is told as forwarded, so that it does not pass for a local one', async () => {
  const headers = { 'x-forwarded-for': '127.0.0.1' };
  const trustedProxies = ['127.0.0.1'];
  expect(await askedFor({ trustedProxies, remoteAddress: '127.0.0.1', headers })).toMatchObject({ forwarded: true });
});

test('a caller that was let in for some stages is refused for others, with a line in the log', async () => {
  const lines: string[] = [];
  const logger = createLogger({ name: 'test', destination: { write: (line) => lines.push(line) } });
  const authorizer = createAuthorizer({
    authorize: async () => ({ ...granted, actor: 'account:eva', role: 'uploader', stages: ['Dev', 'Test'] }),
  });
  const app = appWith({ logger });
  app.post<{ Params: { stage: string } }>('/:stage', async (request) => {
    const principal = await authorizer.authorize(request, 'packages:upload');
    assertStage(request, principal, request.params.stage);
    return 'in';
  });
  expect((await app.inject({ method: 'POST', url: '/Test' })).body).toBe('in');
  const refused = await app.inject({ method: 'POST', url: '/Prod?token=secret' });
  expect(refused.statusCode).toBe(403);
  expect(refused.json()).toMatchObject({
    code: 'COMMON_ACCESS_DENIED',
    detail: 'account:eva may do this for Dev, Test, not for Prod',
  });
  const [line = ''] = lines.filter((text) => text.includes('refused a request'));
  const who = { actor: 'account:eva', remoteAddress: '127.0.0.1', method: 'POST', path: '/Prod' };
  expect(JSON.parse(line)).toMatchObject({ ...who, code: 'COMMON_ACCESS_DENIED' });
  expect(lines.filter((text) => text.includes('refused a request'))).toHaveLength(1);
});
