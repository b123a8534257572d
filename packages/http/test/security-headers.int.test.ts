import { once } from 'node:events';
import { type AddressInfo, connect } from 'node:net';
import { OdstError } from '@odst/kernel';
import { createSilentLogger } from '@odst/telemetry';
import { expect, test } from 'vitest';
import { buildHttpApp } from '../src/index.ts';

const expected = {
  'content-security-policy': "default-src 'none';base-uri 'none';form-action 'none';frame-ancestors 'none'",
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
};

async function answerTo(bytes: string): Promise<Readonly<Record<string, string>>> {
  const app = buildHttpApp({ logger: createSilentLogger(), readiness: () => ({}) });
  app.get('/a/:name', async () => ({ of: 'the route' }));
  app.get('/refused', () => {
    throw new OdstError('COMMON_LOGIN_REQUIRED', 'log in');
  });
  app.get('/broken', () => {
    throw new Error('a defect');
  });
  app.get('/raw', (_request, reply) => {
    reply.hijack();
    reply.raw.writeHead(200, { 'content-length': '0' }).end();
  });
  await app.listen({ host: '127.0.0.1', port: 0 });
  const socket = connect((app.server.address() as AddressInfo).port, '127.0.0.1').setEncoding('latin1');
  let received = '';
  socket.on('data', (text: string) => {
    received += text;
  });
  socket.write(bytes, 'latin1');
  await once(socket, 'close');
  await app.close();
  const lines = (received.split('\r\n\r\n')[0] ?? '').split('\r\n').slice(1);
  return Object.fromEntries(
    lines.map((line) => line.split(/: ?(.*)/s, 2)).map(([name = '', value = '']) => [name.toLowerCase(), value]),
  );
}

const request = (line: string, headers = '') => `${line} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n${headers}\r\n`;

test.each([
  ['an answer', request('GET /a/b')],
  ['an answer to HEAD', request('HEAD /a/b')],
  ['a refusal', request('GET /refused')],
  ['a defect', request('GET /broken')],
  ['what a route sends past the framework', request('GET /raw')],
  ['a path that leads nowhere', request('GET /nothing')],
  ['a method that a path does not take', request('POST /healthz')],
  ['OPTIONS', request('OPTIONS /healthz')],
  ['a path that is not UTF-8', request('GET /a/%ff')],
  ['a name that is too long', request(`GET /a/${'x'.repeat(2_000)}`)],
  ['two hosts', 'GET /a HTTP/1.1\r\nHost: a\r\nHost: b\r\nConnection: close\r\n\r\n'],
  ['headers that are too long', request('GET /a', `X: ${'x'.repeat(20_000)}\r\n`)],
  ['what is not HTTP', 'nonsense\r\n\r\n'],
  ['CONNECT', 'CONNECT a.example:443 HTTP/1.1\r\nHost: a.example:443\r\n\r\n'],
])('%s lets no page frame, sniff or run anything of it', async (_what, bytes) => {
  const headers = await answerTo(bytes);
  expect(headers).toMatchObject(expected);
  // The listener adds it where there is TLS.
  expect(Object.keys(headers)).not.toContain('strict-transport-security');
});
