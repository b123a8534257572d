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
    if (next !== undefined) socket.write(next);
  });
  socket.write(sent.shift() ?? '');
  await once(socket, 'close');
  await app.close();
  return received;
}

test.each([
  ['what is not HTTP', 'nonsense\r\n\r\n', 400, 'COMMON_REQUEST_MALFORMED'],
  ['a head that is too long', `GET / HTTP/1.1\r\nX: ${'x'.repeat(20_000)}\r\n\r\n`, 431, 'COMMON_HEADERS_TOO_LARGE'],
])('%s is answered with a problem document', async (_what, sent, status, code) => {
  const answer = await answerTo(sent);
  expect(answer).toMatch(new RegExp(`^HTTP/1.1 ${status} `));
  expect(answer).toContain('Content-Type: application/problem+json');
  expect(JSON.parse(answer.slice(answer.indexOf('\r\n\r\n')))).toMatchObject({ status, code });
});

test('nonsense in the middle of an answer puts no byte into it', async () => {
  const answer = await answerTo('GET /slow HTTP/1.1\r\nHost: x\r\n\r\n', 'nonsense\r\n\r\n');
  expect(answer.slice(answer.indexOf('\r\n\r\n') + 4)).toBe('12345');
});
