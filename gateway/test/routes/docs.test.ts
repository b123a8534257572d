import { createHash } from 'node:crypto';
import { openApiDocument } from '@odst/api/openapi';
import { buildHttpApp, type Principal } from '@odst/http';
import { OdstError } from '@odst/kernel';
import { createSilentLogger, serverVersion } from '@odst/telemetry';
import { expect, test } from 'vitest';
import { docsRoutes } from '../../src/routes/docs.ts';
import { testApp } from '../test-app.ts';

const nobody = async (): Promise<Principal> => {
  throw new OdstError('COMMON_LOGIN_REQUIRED', 'nobody is logged in');
};

test('the OpenAPI document is served without a login, byte routes included, which this app does not have', async () => {
  const app = await testApp({}, { authorize: nobody });
  for (const _time of [1, 2]) {
    const answer = await app.inject('/api/openapi.json');
    expect(answer.statusCode).toBe(200);
    expect(answer.json()).toEqual(await openApiDocument(serverVersion()));
    expect(answer.json().paths).toHaveProperty(['/share/{filename}', 'get']);
  }
  expect(app.hasRoute({ method: 'GET', url: '/share/*' })).toBe(false);
});

test('a document that could not be made is made at the next request, and then kept', async () => {
  const app = buildHttpApp({ logger: createSilentLogger(), readiness: () => ({}) });
  let tries = 0;
  docsRoutes(app, async () => {
    tries += 1;
    if (tries === 1) throw new Error('no room');
    return '{}';
  });
  const statuses: number[] = [];
  for (const _time of [1, 2, 3]) statuses.push((await app.inject('/api/openapi.json')).statusCode);
  expect([statuses, tries]).toEqual([[500, 200, 200], 2]);
});

test('the page to browse it has all that it names from this server, and may have nothing from elsewhere', async () => {
  const app = await testApp({}, { authorize: nobody });
  const page = await app.inject('/api/docs');
  expect(page.headers['content-type']).toBe('text/html; charset=utf-8');
  const policy = String(page.headers['content-security-policy']);
  expect(policy).toContain("default-src 'none'");
  expect(policy).not.toMatch(/https?:|\*/);
  const named = [...page.body.matchAll(/(?:src|href)="(?!data:)([^"]+)"/g)].map(([, url]) => url ?? '');
  expect(named.length).toBe(3);
  for (const url of named) {
    expect(url).toMatch(/^\/api\/docs\/assets\//);
    const { statusCode, headers, body } = await app.inject(url);
    expect([statusCode, headers['x-content-type-options']]).toEqual([200, 'nosniff']);
    expect(headers['content-type']).toMatch(url.endsWith('.css') ? /^text\/css/ : /^text\/javascript/);
    expect(body.length).toBeGreaterThan(100);
  }
});

test.each(['..%2fpackage.json', 'index.html', 'swagger-ui-bundle.js.map'])('%s is no file of the page', async (file) => {
  const answer = await (await testApp({})).inject(`/api/docs/assets/${file}`);
  expect([answer.statusCode, answer.json().code]).toEqual([404, 'COMMON_ROUTE_UNKNOWN']);
});

test.each(['swagger-ui-bundle.js', 'swagger-ui.css', 'start.js'])('%s is sent once to a client that keeps it', async (file) => {
  const app = await testApp({}, { authorize: nobody });
  const url = `/api/docs/assets/${file}`;
  const first = await app.inject(url);
  const etag = `"sha256-${createHash('sha256').update(first.rawPayload).digest('hex')}"`;
  expect([first.statusCode, first.headers.etag, first.headers['cache-control']]).toEqual([200, etag, 'no-cache']);
  for (const held of [etag, `W/${etag}`, `"another", ${etag}`, '*']) {
    const again = await app.inject({ url, headers: { 'if-none-match': held } });
    expect([again.statusCode, again.headers.etag, again.body]).toEqual([304, etag, '']);
  }
  const changed = await app.inject({ url, headers: { 'if-none-match': '"another"' } });
  expect([changed.statusCode, changed.rawPayload]).toEqual([200, first.rawPayload]);
});
