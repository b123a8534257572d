import { once } from 'node:events';
import { type AddressInfo, connect } from 'node:net';
import { createSilentLogger } from '@odst/telemetry';
import { expect, test } from 'vitest';
import { buildHttpApp } from '../src/index.ts';

/** What comes back on a connection for bytes that are sent one after the other. */
async function answerTo(...sent: string[]): Promise<string> {
  const app = buildHttpApp({ logger: createSilentLogger(), readiness: () => ({}) });
  app.get('/slow', (_request, reply) => {
    reply.hijack();
    reply.raw.writeHead(200, { 'content-length': '10' });
    reply.raw.write('12345');
  });
  await app.listen({ host: '127.0.0.1', port: 0 });
  const socket = connect((app.server.address() as AddressInfo).port, '127.0.0.1').setEncoding('latin1');
  let received = '';
  socket.on('data', (text: string) => {
    received += text;
    const next = sent.shift();
    if (next !== undefined) socket.write(next, 'latin1');
  });
  socket.write(sent.shift() ?? '', 'latin1');
  await once(socket, 'close');
  await app.close();
  return received;
}

const get = (target: string, rest = 'HTTP/1.1\r\nHost: x\r\n') => `GET ${target} ${rest}\r\n`;
const post = (headers: string, body = 'a') => `POST /a HTTP/1.1\r\nHost: x\r\n${headers}\r\n\r\n${body}`;

test.each([
  ['what is not HTTP', 'nonsense\r\n\r\n', 400, 'this is not HTTP'],
  [
    'a head that is too long',
    `GET / HTTP/1.1\r\nX: ${'x'.repeat(20_000)}\r\n\r\n`,
    431,
    'the path and the headers are longer than 16 KiB',
  ],
  ['a path that is too long', get(`/${'x'.repeat(20_000)}`), 431, 'the path is longer than 16 KiB'],
  ['UTF-8 in a path', get('/Packages/Z\xc3\xbcrich.pkg'), 400, 'percent-encode the path: the byte C3 in it is written %C3'],
  ['UTF-8 in a query', get('/a?name=\xc3\xbc'), 400, 'percent-encode the path'],
  ['a space in a path', get('/Packages/My Tool.pkg'), 400, 'a space is %20'],
  ['a space before an H', get('/Packages/My Home.pkg'), 400, 'a space is %20'],
  ['a tab in a path', get('/a\tb'), 400, 'the byte 09 in it is written %09'],
  ['a NUL in a path', get('/a\0b'), 400, 'the byte 00 in it is written %00'],
  ['a target without a slash', get('Packages'), 400, 'begin with a slash'],
  ['a TLS client', '\x16\x03\x01\x00\xc8\x01\x00\x00\xc4\x03\x03', 400, 'this port speaks plain HTTP, and what came is TLS'],
  ['an HTTP/2 client', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0', 400, 'this port speaks HTTP in version 1.1'],
  ['a version to come', get('/', 'HTTP/9.9\r\n'), 400, 'this port speaks HTTP in version 1.1'],
  ['HTTP/2 in a request line', get('/', 'HTTP/2.0\r\n'), 400, 'this port speaks HTTP in version 1.1'],
  ['no version', 'GET /a\r\n\r\n', 400, 'this port speaks HTTP in version 1.1'],
  ['SSH', 'SSH-2.0-OpenSSH_9.2\r\n', 400, 'this is not HTTP'],
  ['the PROXY protocol', `PROXY TCP4 192.0.2.1 192.0.2.2 1 2\r\n${get('/')}`, 400, 'PROXY protocol'],
  ['an unknown method', 'FETCH /a HTTP/1.1\r\nHost: x\r\n\r\n', 501, 'FETCH is no method'],
  ['a method that goes on where a known one ends', 'GETS /a HTTP/1.1\r\nHost: x\r\n\r\n', 501, 'GETS is no method'],
  ['a method in small letters', 'get /a HTTP/1.1\r\nHost: x\r\n\r\n', 501, 'methods are written in capitals'],
  ['CONNECT', 'CONNECT a.example:443 HTTP/1.1\r\nHost: a.example:443\r\n\r\n', 501, 'no proxy'],
  ['no Host', get('/a', 'HTTP/1.1\r\n'), 400, 'Host is missing'],
  ['two hosts', get('/a', 'HTTP/1.1\r\nHost: a\r\nHost: b\r\n'), 400, 'Host is there more than once'],
  ['a host that is none', get('/a', 'HTTP/1.1\r\nHost: a/b\r\n'), 400, 'Host is not the name of a host'],
  ['two lengths', post('Content-Length: 1\r\nContent-Length: 1'), 400, 'Content-Length is there twice'],
  ['two different lengths', post('Content-Length: 1\r\nContent-Length: 2'), 400, 'Content-Length is there twice'],
  ['a length beside chunks', post('Content-Length: 1\r\nTransfer-Encoding: chunked', '0\r\n\r\n'), 400, 'Transfer-Encoding'],
  ['a length below zero', post('Content-Length: -1'), 400, 'Content-Length is no whole number'],
  ['a list of lengths', post('Content-Length: 1, 1'), 400, 'Content-Length is no whole number'],
  ['a length beyond all numbers', post(`Content-Length: ${'9'.repeat(30)}`), 400, 'Content-Length is no whole number'],
  ['another coding than chunks', post('Transfer-Encoding: gzip'), 400, 'Transfer-Encoding'],
  ['a header without a colon', get('/a', 'HTTP/1.1\r\nHost: x\r\nname\r\n'), 400, 'a line of the header'],
  ['a space before a colon', get('/a', 'HTTP/1.1\r\nHost: x\r\nName : y\r\n'), 400, 'a line of the header'],
  ['a control character in a header', get('/a', 'HTTP/1.1\r\nHost: x\r\nName: \x01\r\n'), 400, 'a line of the header'],
])('%s is answered with a problem document that says what to mend', async (_what, sent, status, words) => {
  const answer = await answerTo(sent);
  expect(answer).toMatch(new RegExp(`^HTTP/1.1 ${status} `));
  expect(answer.toLowerCase()).toContain('content-type: application/problem+json');
  const problem = JSON.parse(answer.slice(answer.indexOf('\r\n\r\n')));
  const codes: Readonly<Record<number, string>> = {
    400: 'COMMON_REQUEST_MALFORMED',
    431: 'COMMON_HEADERS_TOO_LARGE',
    501: 'COMMON_METHOD_UNKNOWN',
  };
  expect(problem).toMatchObject({ status, code: codes[status] });
  expect(problem.detail).toContain(words);
});

test('a client of HTTP/1.0 needs no Host', async () => {
  expect(await answerTo('GET /healthz HTTP/1.0\r\n\r\n')).toMatch(/^HTTP\/1.1 200 /);
});

test('a client that expects something strange gets its answer', async () => {
  const answer = await answerTo('GET /healthz HTTP/1.1\r\nHost: x\r\nExpect: miracles\r\nConnection: close\r\n\r\n');
  expect(answer).toMatch(/^HTTP\/1.1 200 /);
});

test('OPTIONS of the whole server tells all methods', async () => {
  const answer = await answerTo('OPTIONS * HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n');
  expect(answer).toMatch(/^HTTP\/1.1 204 .*\r\nallow: DELETE, GET, HEAD, PATCH, POST, PUT, OPTIONS\r\n/s);
});

test('GET of the server as a whole finds no package and nothing else', async () => {
  const answer = await answerTo(get('*', 'HTTP/1.1\r\nHost: x\r\nConnection: close\r\n'));
  expect(answer).toMatch(/^HTTP\/1.1 404 .*there is nothing at \*.*COMMON_ROUTE_UNKNOWN/s);
});

test.each([
  ['UTF-8 in a path', 'HEAD /\xc3\xbc HTTP/1.1\r\nHost: x\r\n\r\n', 400],
  ['a header without a colon', 'HEAD / HTTP/1.1\r\nHost: x\r\nname\r\n\r\n', 400],
  ['a path that is too long', `HEAD /${'x'.repeat(20_000)} HTTP/1.1\r\nHost: x\r\n\r\n`, 431],
])('HEAD with %s is answered without a body', async (_what, sent, status) => {
  expect(await answerTo(sent)).toMatch(new RegExp(`^HTTP/1.1 ${status} .*Content-Length: [1-9].*\r\n\r\n$`, 's'));
});

test.each(['/healthz/../healthz', '/%2e/healthz', '*healthz', 'ftp://x/healthz', '/\\x/healthz', '/healthz%2F'])(
  '%s leads nowhere',
  async (target) => {
    const answer = await answerTo(get(target, 'HTTP/1.1\r\nHost: x\r\nConnection: close\r\n'));
    expect(answer).toMatch(/^HTTP\/1.1 404 .*COMMON_ROUTE_UNKNOWN/s);
  },
);

test.each(['//healthz', '/healthz//', 'http://any.example//healthz/?a=//', '/%68ealthz'])('%s is /healthz', async (target) => {
  const answer = await answerTo(get(target, 'HTTP/1.1\r\nHost: x\r\nConnection: close\r\n'));
  expect(answer).toMatch(/^HTTP\/1.1 200 /);
});

test('a client that goes on sending reads its refusal all the same', async () => {
  const line = `X: ${'x'.repeat(1_000)}\r\n`;
  const answer = await answerTo(`GET / HTTP/1.1\r\n${line.repeat(10_000)}\r\n`);
  expect(answer).toMatch(/^HTTP\/1.1 431 /);
});

test('nonsense in the middle of an answer puts no byte into it', async () => {
  const answer = await answerTo('GET /slow HTTP/1.1\r\nHost: x\r\n\r\n', 'nonsense\r\n\r\n');
  expect(answer.slice(answer.indexOf('\r\n\r\n') + 4)).toBe('12345');
});
