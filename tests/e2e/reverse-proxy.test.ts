import { once } from 'node:events';
import { createServer, type IncomingMessage, request, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { eventually, freePort, temporaryDirectory } from '@odst/testing';
import { expect, test } from 'vitest';
import { rawBytes } from '../support/raw-http.ts';
import { expectProblem } from '../support/refusals.ts';
import { hasNginx, startReverseProxy } from '../support/reverse-proxy.ts';

const proxied = test.skipIf(!(await hasNginx()));

/** What a server behind the proxy saw of a request. */
type Seen = { readonly by: string; readonly target: string; readonly headers: IncomingMessage['headers'] };

/** nginx in front of two servers that tell who they are and what they saw, and echo a body piece by piece. */
async function startProxied() {
  const stack = new AsyncDisposableStack();
  const folder = stack.use(await temporaryDirectory());
  const [gateway, dataPlane] = [await listen(stack, 'gateway'), await listen(stack, 'data plane')];
  const port = await freePort();
  const options = { folder: folder.path, port, gatewayPort: portOf(gateway), dataPlanePort: portOf(dataPlane) };
  stack.use(await startReverseProxy(options));
  const url = `http://127.0.0.1:${port}`;
  await eventually(async () => (await fetch(`${url}/healthz`)).ok);
  return { port, url, dataPlane, [Symbol.asyncDispose]: () => stack.disposeAsync() };
}

async function listen(stack: AsyncDisposableStack, by: string): Promise<Server> {
  const server = createServer((incoming, answer) => {
    const seen: Seen = { by, target: incoming.url ?? '', headers: incoming.headers };
    answer.setHeader('x-seen', Buffer.from(JSON.stringify(seen)).toString('base64'));
    incoming.pipe(answer);
    // One that is closed and opened again must not be given to an outgoing connection meanwhile.
  }).listen(await freePort(), '127.0.0.1');
  await once(server, 'listening');
  stack.defer(() => {
    server.closeAllConnections();
    server.close();
  });
  return server;
}

const portOf = (server: Server) => (server.address() as AddressInfo).port;

/** Sends a request with exactly this target. */
async function send(port: number, method: string, target: string, headers: Record<string, string> = {}): Promise<Seen> {
  const outgoing = request({ host: '127.0.0.1', port, method, path: target, headers });
  outgoing.end();
  const [answer] = (await once(outgoing, 'response')) as [IncomingMessage];
  answer.resume();
  return JSON.parse(Buffer.from(String(answer.headers['x-seen']), 'base64').toString()) as Seen;
}

const byteRoutes = [
  'POST /api/admin/upload',
  'POST /api/admin/packages',
  'POST /api/v1/uploads',
  'PATCH /api/v1/uploads/3f-1',
  'GET /share/NoMAD.pkg',
  'HEAD /Packages/NoMAD.pkg',
  'GET /api/ods/v1/blobs/00ff/manifest',
  'GET /api/ods/v1/blobs/00ff',
  'POST //api/admin//upload/',
  'POST /api//admin/packages//',
  'GET //Packages//NoMAD.pkg/',
  'PUT /Packages/',
  'PROPFIND /share//',
];
const otherRoutes = [
  'GET /api/admin/packages',
  'GET /api/admin/packages/7',
  'POST /api/admin/register',
  'GET /api/admin/about',
  'GET /api/v1/packages',
  'GET /api/ods/v1/changes?after=x',
  'POST /api/ods/v1/hint',
  'GET /readyz',
  'GET /share',
  'GET /',
  'GET //api//admin/packages/',
  'GET /api/admin/packages//7',
];

proxied('sends the byte routes to the data plane and everything else to the gateway', async () => {
  await using proxy = await startProxied();
  for (const [routes, by] of [[byteRoutes, 'data plane'] as const, [otherRoutes, 'gateway'] as const]) {
    for (const route of routes) {
      const [method = '', target = ''] = route.split(' ');
      expect({ route, by: (await send(proxy.port, method, target)).by }).toEqual({ route, by });
    }
  }
});

proxied('passes target and Host on as they came, and tells the address of the client', async () => {
  await using proxy = await startProxied();
  for (const target of [
    '/share/Zur%C3%BCck%201%2F%252e.pkg?a=%20b&c=/../',
    '/api/ods/v1/changes?after=%2B%7E~&wait=30',
    '//share//a/?b=//',
  ]) {
    const host = 'ODS.example.org:8443';
    const seen = await send(proxy.port, 'GET', target, { host, 'x-forwarded-for': '203.0.113.9' });
    expect(seen).toMatchObject({ target, headers: { host, 'x-forwarded-for': '203.0.113.9, 127.0.0.1' } });
  }
});

proxied('passes a body on while it still arrives, and an answer while it is still made', async () => {
  await using proxy = await startProxied();
  const upload = request({ host: '127.0.0.1', port: proxy.port, method: 'POST', path: '/api/admin/upload' });
  upload.write('first');
  const [answer] = (await once(upload, 'response')) as [IncomingMessage];
  const [first] = (await once(answer, 'data')) as [Buffer];
  expect(String(first)).toBe('first');
  upload.end('last');
  const [last] = (await once(answer, 'data')) as [Buffer];
  expect(String(last)).toBe('last');
});

proxied('answers with a problem document while a service is away, and goes on when it is back', async () => {
  await using proxy = await startProxied();
  const port = portOf(proxy.dataPlane);
  proxy.dataPlane.closeAllConnections();
  proxy.dataPlane.close();
  const answer = await fetch(`${proxy.url}/share/NoMAD.pkg`);
  expect([answer.status, answer.headers.get('content-type'), answer.headers.get('retry-after')]).toEqual([
    503,
    'application/problem+json',
    '2',
  ]);
  expect(await answer.json()).toMatchObject({ status: 503, code: 'COMMON_SERVICE_UNAVAILABLE' });
  expect((await fetch(`${proxy.url}/api/admin/about`)).status).toBe(200);
  proxy.dataPlane.listen(port, '127.0.0.1');
  await eventually(async () => (await fetch(`${proxy.url}/share/NoMAD.pkg`)).ok);
});

proxied.each([
  ['a path with a space', 'GET /Packages/My Tool.pkg HTTP/1.1\r\nHost: x\r\n', 400, 'COMMON_REQUEST_MALFORMED'],
  ['what is not HTTP', 'nonsense\r\n', 400, 'COMMON_REQUEST_MALFORMED'],
  ['no Host', 'GET / HTTP/1.1\r\n', 400, 'COMMON_REQUEST_MALFORMED'],
  ['a long path', `GET /${'x'.repeat(20_000)} HTTP/1.1\r\nHost: x\r\n`, 431, 'COMMON_HEADERS_TOO_LARGE'],
  ['a long header', `GET / HTTP/1.1\r\nHost: x\r\nX: ${'x'.repeat(20_000)}\r\n`, 431, 'COMMON_HEADERS_TOO_LARGE'],
])('answers %s with a problem document', async (_what, head, status, code) => {
  await using proxy = await startProxied();
  expectProblem(await rawBytes(proxy.port, Buffer.from(`${head}Connection: close\r\n\r\n`)), status, code);
});

proxied('shows its own documents of refusals to nobody who asks for them', async () => {
  await using proxy = await startProxied();
  expect((await send(proxy.port, 'GET', '/share/odst-malformed')).by).toBe('data plane');
  expect((await fetch(`${proxy.url}/odst-malformed`)).status).toBe(404);
});
