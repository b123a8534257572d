import { createLogger, createSilentLogger } from '@odst/telemetry';
import type { InjectOptions } from 'fastify';
import { expect, test } from 'vitest';
import { buildHttpApp } from '../src/index.ts';

const upload = 'an upload is a form, sent by POST: curl -u admin -F stage=Prod -F file=@Installer.pkg';

function appWithRoute() {
  const app = buildHttpApp({ logger: createSilentLogger(), readiness: () => ({}) });
  app.post('/notes/:id', async () => 'noted');
  return app;
}

const ask = (method: string, url: string, more: InjectOptions = {}) =>
  appWithRoute().inject({ method: method as 'GET', url, ...more });

test.each([
  ['DELETE', '/notes/7', 'POST'],
  ['DELETE', '//notes//7/', 'POST'],
  ['PUT', '/healthz', 'GET, HEAD'],
  // Of routes that another process of the server has.
  ['PUT', '/Packages/x.pkg', 'GET, HEAD'],
  ['PUT', '/Packages/', 'GET, HEAD'],
  ['DELETE', '/share/a/b', 'GET, HEAD'],
  ['PUT', '/api/admin/upload', 'POST'],
  ['GET', '/api/admin/upload', 'POST'],
  ['PUT', '/api/admin/upload/x.pkg', 'POST'],
  ['PUT', '/api/admin/packages', 'GET, HEAD, POST'],
  ['GET', '/api/ods/v1/hint', 'POST'],
  ['PROPFIND', '/Packages/', 'GET, HEAD'],
  ['MKCOL', '/Packages/new', 'GET, HEAD'],
  ['LOCK', '/share/x.pkg', 'GET, HEAD'],
  ['TRACE', '/api/admin/about', 'GET, HEAD, POST'],
  ['QUERY', '/api/v1/events', 'GET, HEAD'],
])('%s %s is 405 with the methods that there are', async (method, url, allow) => {
  const answer = await ask(method, url);
  expect([answer.statusCode, answer.headers.allow, answer.json().code]).toEqual([405, allow, 'COMMON_METHOD_NOT_ALLOWED']);
});

test.each([
  ['PUT', '/api/admin/upload'],
  ['PUT', '/api/admin/upload/Tool.pkg'],
  ['PUT', '/api/admin/packages/'],
  ['PUT', '/Packages/Tool.pkg'],
  ['POST', '/share/Tool.pkg'],
  ['MKCOL', '/Packages/new/'],
])('%s %s is told how to upload', async (method, url) => {
  const { detail } = (await ask(method, url, { headers: { host: 'ods.example:8080' } })).json();
  expect(detail).toContain(`; ${upload} http://ods.example:8080/api/admin/upload`);
});

test('a file manager is told that this is no WebDAV share', async () => {
  expect((await ask('PROPFIND', '/Packages/')).json().detail).toBe('/Packages takes GET, HEAD; this is no WebDAV share');
});

test.each([
  ['/notes/7', 'POST, OPTIONS'],
  ['/Packages/x.pkg', 'GET, HEAD, OPTIONS'],
  ['/api/admin/packages', 'GET, HEAD, POST, OPTIONS'],
])('OPTIONS of %s tells the methods', async (url, allow) => {
  const answer = await ask('OPTIONS', url);
  expect([answer.statusCode, answer.headers.allow, answer.body]).toEqual([204, allow, '']);
});

test.each([
  ['GET', '/nothing', 'COMMON_ROUTE_UNKNOWN', 'there is nothing at /nothing'],
  ['PROPFIND', '/nothing', 'COMMON_ROUTE_UNKNOWN', 'there is nothing at /nothing'],
  ['PUT', '/notes/7/x', 'COMMON_ROUTE_UNKNOWN', 'there is nothing at /notes/7/x'],
  ['OPTIONS', '/nothing', 'COMMON_ROUTE_UNKNOWN', 'there is nothing at /nothing'],
  ['GET', '/api%2fadmin', 'COMMON_ROUTE_UNKNOWN', 'there is nothing at /api%2Fadmin: only / parts a path, and only as it is'],
  ['GET', '/Packages/', 'CATALOG_PACKAGE_UNKNOWN', 'there is nothing at /Packages'],
])('%s %s is 404', async (method, url, code, detail) => {
  const answer = await ask(method, url);
  expect([answer.statusCode, answer.json().code, answer.json().detail]).toEqual([404, code, detail]);
});

test.each([
  ['PUT', '/Packages/x.pkg', 405],
  ['POST', '/nothing', 404],
  ['PROPFIND', '/Packages/', 405],
])('%s %s is refused whatever its body is, and ends the connection', async (method, url, status) => {
  const answer = await ask(method, url, { headers: { 'content-type': 'text/xml' }, payload: '<broken' });
  expect([answer.statusCode, answer.headers.connection]).toEqual([status, 'close']);
});

test('a request that is refused so is a line of the log, by its normal path', async () => {
  const lines: string[] = [];
  const logger = createLogger({ name: 'test', destination: { write: (line) => lines.push(line) } });
  const app = buildHttpApp({ logger, readiness: () => ({}) });
  await app.inject({ method: 'PUT', url: '//Packages//x.pkg?a=//' });
  expect(JSON.parse(lines[0] ?? '')).toMatchObject({
    url: '/Packages/x.pkg?a=//',
    status: 405,
    code: 'COMMON_METHOD_NOT_ALLOWED',
  });
});
