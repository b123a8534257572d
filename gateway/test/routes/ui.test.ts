import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { buildHttpApp, type HttpApp } from '@odst/http';
import { createSilentLogger } from '@odst/telemetry';
import { temporaryDirectory } from '@odst/testing';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { uiRoutes } from '../../src/routes/ui.ts';

const stack = new AsyncDisposableStack();
let app: HttpApp;

beforeAll(async () => {
  const { path } = stack.use(await temporaryDirectory());
  await mkdir(join(path, 'assets'));
  await writeFile(join(path, 'index.html'), '<meta content="{nonce}"><meta content="{has-session}">');
  await writeFile(join(path, 'assets/index-1.js'), 'plain');
  await writeFile(join(path, 'assets/index-1.js.br'), 'brotli');
  app = buildHttpApp({ logger: createSilentLogger(), readiness: () => ({}) });
  await app.register(async (pages: HttpApp) => uiRoutes(pages, path));
  stack.defer(() => app.close());
});

afterAll(() => stack.disposeAsync());

test.each(['/', '/packages', '/packages/7', '/network/0123', '/admin/accounts', '/activity?kind=servers'])(
  '%s is the page, which is never stored, and whose styles carry a nonce of their own',
  async (url) => {
    const [first, second] = [await app.inject(url), await app.inject(url)];
    expect(first.statusCode).toBe(200);
    expect(first.headers).toMatchObject({ 'content-type': 'text/html; charset=utf-8', 'cache-control': 'no-store' });
    const nonce = /content="([^"]+)"/.exec(first.body)?.[1] ?? '';
    expect(nonce).toMatch(/^[\w+/]{22}==$/);
    const policy = String(first.headers['content-security-policy']);
    expect(policy).toContain(`style-src 'self' 'nonce-${nonce}'`);
    expect(policy).not.toMatch(/unsafe|\*|https?:/);
    expect(second.body).not.toContain(nonce);
  },
);

test('a browser with the cookie of a session is told so, and one without is not asked for what fails', async () => {
  expect((await app.inject('/')).body).toContain('content="no"');
  expect((await app.inject({ url: '/', headers: { cookie: 'odst-session=abc' } })).body).toContain('content="yes"');
});

test('a file is kept for good, and sent as small as the browser takes it', async () => {
  const plain = await app.inject('/assets/index-1.js');
  expect(plain.body).toBe('plain');
  expect(plain.headers['cache-control']).toBe('public, max-age=31536000, immutable');
  expect(plain.headers['content-security-policy']).toBe("default-src 'none'; script-src 'self'; connect-src 'self'");
  const small = await app.inject({ url: '/assets/index-1.js', headers: { 'accept-encoding': 'br' } });
  expect([small.headers['content-encoding'], small.body]).toEqual(['br', 'brotli']);
});

test.each(['/assets/other.js', '/assets/..%2findex.html', '/assets/.index', '/assets/index-1.js/x', '/package'])(
  '%s is no page and no file of it',
  async (url) => {
    const answer = await app.inject(url);
    expect(answer.statusCode).toBe(404);
    expect(answer.json()).toMatchObject({ status: 404, code: expect.stringMatching(/^COMMON_/) });
  },
);
