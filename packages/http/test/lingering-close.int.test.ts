import { once } from 'node:events';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { createVirtualTime } from '@odst/async/testing';
import { OdstError } from '@odst/kernel';
import { createSilentLogger } from '@odst/telemetry';
import { eventually } from '@odst/testing';
import fastify from 'fastify';
import { expect, test } from 'vitest';
import { buildHttpApp } from '../src/index.ts';
import { lingerAtClose } from '../src/lingering-close.ts';

const mebibyte = 1_048_576;

async function startApp() {
  const app = buildHttpApp({ logger: createSilentLogger(), readiness: () => ({}) });
  app.post('/json', () => 'taken');
  app.post('/refused', () => {
    throw new OdstError('COMMON_ACCESS_DENIED', 'no');
  });
  await app.listen({ host: '127.0.0.1', port: 0 });
  const { port } = app.server.address() as AddressInfo;
  return { port, [Symbol.asyncDispose]: () => app.close() };
}

/** Writes all of a request before it reads a byte of the answer, as Python and browsers do. */
async function writeThenRead(port: number, head: string, bytes: number): Promise<string> {
  const socket = connect({ port, host: '127.0.0.1' });
  socket.pause();
  const failed = once(socket, 'error').then(([error]) => Promise.reject(error));
  const written = new Promise<void>((resolve) => {
    socket.write(`${head}\r\n\r\n`);
    socket.write(Buffer.alloc(bytes, 'x'), () => resolve());
  });
  await Promise.race([written, failed]);
  let answer = '';
  socket.on('data', (piece) => {
    answer += piece.toString('latin1');
  });
  socket.resume();
  await Promise.race([once(socket, 'close'), failed]);
  return answer;
}

const length = 50 * mebibyte;
const json = 'Host: x\r\nContent-Type: application/json';

test.each([
  ['a body that is too long', `POST /json HTTP/1.1\r\n${json}\r\nContent-Length: ${length}`, 413],
  ['a body in chunks that is too long', `POST /json HTTP/1.1\r\n${json}\r\nTransfer-Encoding: chunked\r\n\r\n3200000`, 413],
  ['another content type', `POST /json HTTP/1.1\r\nHost: x\r\nContent-Type: text/css\r\nContent-Length: ${length}`, 415],
  ['a path that there is not', `POST /none HTTP/1.1\r\nHost: x\r\nContent-Length: ${length}`, 404],
  ['a method that there is not', `PUT /json HTTP/1.1\r\nHost: x\r\nContent-Length: ${length}`, 405],
  ['a path that is not encoded', `POST /%zz HTTP/1.1\r\n${json}\r\nContent-Length: ${length}`, 400],
  ['what is not HTTP', 'nonsense', 400],
  ['a head that is too long', `POST /json HTTP/1.1\r\nX: ${'x'.repeat(20_000)}`, 431],
])('a client that first writes all reads why %s was refused', async (_what, head, status) => {
  await using app = await startApp();
  const answer = await writeThenRead(app.port, head, length);
  expect(answer).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `));
  expect(answer).toMatch(/\r\nconnection: close\r\n/i);
  expect(JSON.parse(answer.slice(answer.indexOf('\r\n\r\n')))).toMatchObject({ status });
});

test('a refusal whose body has come keeps the connection', async () => {
  await using app = await startApp();
  const socket = connect({ port: app.port, host: '127.0.0.1' });
  let answer = '';
  socket.on('data', (piece) => {
    answer += piece.toString('latin1');
  });
  const request = `POST /refused HTTP/1.1\r\n${json}\r\nContent-Length: 2\r\n\r\n{}`;
  for (const count of [1, 2]) {
    socket.write(request);
    await eventually(() => answer.match(/HTTP\/1\.1 403/g)?.length === count);
  }
  expect(answer).not.toMatch(/connection: close/i);
  socket.destroy();
});

/** An app that refuses all, with bounds on how long it lingers. */
async function startLingering(limits: Parameters<typeof lingerAtClose>[1]) {
  const app = fastify({ forceCloseConnections: true });
  lingerAtClose(app, limits);
  app.addHook('onRequest', async (_request, reply) => reply.code(401).send('no'));
  app.post('/', () => 'never');
  await app.listen({ host: '127.0.0.1', port: 0 });
  const { port } = app.server.address() as AddressInfo;
  const closed = (socket: Socket) => new Promise((resolve) => socket.once('close', resolve));
  const refused = async (): Promise<Socket> => {
    const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true });
    socket.on('error', () => undefined);
    socket.write('POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000000\r\n\r\n');
    await once(socket, 'data');
    return socket;
  };
  return { refused, closed, [Symbol.asyncDispose]: () => app.close() };
}

test('a client that neither sends nor closes is closed after a time', async () => {
  const timers = createVirtualTime();
  await using app = await startLingering({ timers, silenceMs: 5_000 });
  const socket = await app.refused();
  const closed = app.closed(socket);
  await timers.pass(4_000);
  expect(socket.closed).toBe(false);
  await timers.pass(2_000);
  socket.end();
  await closed;
});

test('a client that goes on for ever is closed after a longer time', async () => {
  const timers = createVirtualTime();
  await using app = await startLingering({ timers, silenceMs: 5_000, totalMs: 20_000 });
  const socket = await app.refused();
  const closed = app.closed(socket);
  const send = () => void socket.write(Buffer.alloc(65_536), (error) => error ?? setImmediate(send));
  send();
  await timers.pass(30_000);
  await closed;
});

test('of too many the oldest is closed', async () => {
  await using app = await startLingering({ connections: 2 });
  const [first, second] = [await app.refused(), await app.refused()];
  const closed = app.closed(first);
  await app.refused();
  first.write('x');
  first.end();
  await closed;
  expect(second.closed).toBe(false);
});
