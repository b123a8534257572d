import { OdstError } from '@odst/kernel';
import { createSilentLogger } from '@odst/telemetry';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { buildHttpApp, createAuthorizer } from '../src/index.ts';

const granted = { username: 'eva', ownStages: [], sessionId: '', tokenId: '', actor: 'account:eva', role: 'admin', stages: [] };
const host = 'ods.example:8080';

/** An application with one route that reads and changes, for who has any credential at all. */
function appFor() {
  const authorizer = createAuthorizer({
    async authorize({ authorization, session }) {
      if (authorization === '' && session === '') throw new OdstError('COMMON_LOGIN_REQUIRED', 'log in');
      return granted;
    },
  });
  const app = buildHttpApp({ logger: createSilentLogger(), readiness: () => ({}) });
  app.route({
    method: ['GET', 'POST'],
    url: '/a',
    handler: async (request) => ({ actor: (await authorizer.authorize(request, 'about:read')).actor }),
  });
  return app;
}

const send = async (headers: Record<string, string>, method: 'GET' | 'POST' = 'GET') =>
  appFor().inject({ method, url: '/a', headers: { host, ...headers } });

describe('who has to log in', () => {
  test.each<[string, Record<string, string>, RegExp]>([
    ['a program', {}, /^Basic /],
    ['a person who types the address', { 'sec-fetch-mode': 'navigate' }, /^Basic /],
    ["a page's script", { 'sec-fetch-mode': 'cors', 'sec-fetch-site': 'same-origin' }, /^Bearer /],
    ['a program that runs on Node', { 'sec-fetch-mode': 'cors' }, /^Basic /],
    ["a page's script over plain http", { 'odst-active': 'false' }, /^Bearer /],
  ])('is told how, in the case of %s', async (_who, headers, scheme) => {
    const answer = await send(headers);
    expect([answer.statusCode, answer.headers['www-authenticate']]).toEqual([401, expect.stringMatching(scheme)]);
  });

  test('sees no dialog of the browser when a session has ended', async () => {
    const app = buildHttpApp({ logger: createSilentLogger(), readiness: () => ({}) });
    app.get('/over', () => {
      throw new OdstError('REGISTRATION_SESSION_OVER', 'log in again');
    });
    const answer = await app.inject({ url: '/over', headers: { cookie: 'odst-session=a' } });
    expect([answer.statusCode, answer.headers['www-authenticate']]).toEqual([401, expect.stringMatching(/^Bearer /)]);
  });
});

const session = { cookie: 'odst-session=abc' };
const typed = { authorization: `Basic ${Buffer.from('eva:correct horse').toString('base64')}` };
const token = { authorization: 'Bearer odst_0' };

describe('what a browser adds by itself', () => {
  const own = { 'sec-fetch-site': 'same-origin' };
  const elsewhere: readonly Record<string, string>[] = [
    { 'sec-fetch-site': 'cross-site' },
    { 'sec-fetch-site': 'same-site' },
    { origin: 'http://evil.example' },
    { origin: 'null' },
    { origin: `http://${host}.evil.example` },
    { 'sec-fetch-site': 'cross-site', origin: `http://${host}` },
  ];
  test.each(elsewhere)('changes nothing for a page elsewhere: %j', async (from) => {
    for (const credential of [session, typed]) {
      const answer = await send({ ...credential, ...from }, 'POST');
      expect([answer.statusCode, answer.json().code]).toEqual([403, 'COMMON_ORIGIN_REFUSED']);
    }
  });

  test('works for a page of this server, and for a program that has typed credentials', async () => {
    for (const headers of [{ ...session, ...own }, { ...typed, ...own }, { ...session, origin: `http://${host}` }, typed]) {
      expect((await send(headers, 'POST')).statusCode).toBe(200);
    }
  });

  test('is never a token: a page that has one was given it', async () => {
    expect((await send({ ...token, 'sec-fetch-site': 'cross-site' }, 'POST')).statusCode).toBe(200);
  });
});

test('no Authorization, Cookie or origin is too strange for an answer', async () => {
  const app = appFor();
  const text = fc.string({
    unit: fc.constantFrom(...'aB0 =;,:"%/\\+-_.~\t', '\u00e9', 'Basic ', 'Bearer ', 'odst-session='),
    maxLength: 60,
  });
  const names = ['authorization', 'cookie', 'origin', 'sec-fetch-site', 'sec-fetch-mode', 'odst-active', 'x-forwarded-for'];
  const headers = fc.dictionary(fc.constantFrom(...names), text, { noNullPrototype: true });
  await fc.assert(
    fc.asyncProperty(headers, fc.constantFrom('GET' as const, 'POST' as const), async (sent, method) => {
      const { statusCode } = await app.inject({ method, url: '/a', headers: { host, ...sent } });
      expect([200, 401, 403]).toContain(statusCode);
    }),
    { numRuns: 300 },
  );
});
