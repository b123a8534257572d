import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { join } from 'node:path';
import { type ConnectionOptions, connect as connectSecurely, type TLSSocket } from 'node:tls';
import { createVirtualTime } from '@odst/async/testing';
import { type Certificate, type ListenerTls, readCertificate } from '@odst/service-host';
import { createSilentLogger } from '@odst/telemetry';
import {
  commandExists,
  createTestAuthority,
  eventually,
  requirement,
  type TestAuthority,
  temporaryDirectory,
} from '@odst/testing';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { buildHttpApp } from '../src/index.ts';

const mebibyte = 1_048_576;

describe.skipIf(!(await requirement('openssl', () => commandExists('openssl'))))('a listener that speaks TLS', () => {
  let folder: Awaited<ReturnType<typeof temporaryDirectory>>;
  let authority: TestAuthority;
  beforeAll(async () => {
    folder = await temporaryDirectory();
    authority = createTestAuthority(folder.path);
  });
  afterAll(() => folder[Symbol.asyncDispose]());

  async function issue(): Promise<Certificate> {
    const { cert, key } = authority.issue('IP:127.0.0.1');
    const files = { ODST_TLS_CERT: join(folder.path, 'cert.pem'), ODST_TLS_KEY: join(folder.path, 'key.pem') };
    await Promise.all([writeFile(files.ODST_TLS_CERT, cert), writeFile(files.ODST_TLS_KEY, key)]);
    const certificate = readCertificate(files);
    if (certificate === undefined) throw new Error('no certificate');
    return certificate;
  }

  async function startApp() {
    const takers = new Set<(renewed: Certificate) => void>();
    const tls: ListenerTls = {
      certificate: await issue(),
      onRenewed(take) {
        takers.add(take);
        return { [Symbol.dispose]: () => void takers.delete(take) };
      },
      look: () => undefined,
      [Symbol.asyncDispose]: async () => undefined,
    };
    const app = buildHttpApp({ logger: createSilentLogger(), readiness: () => ({}), tls });
    app.post('/json', () => 'taken');
    app.post('/count', async ({ raw, protocol }) => {
      let bytes = 0;
      for await (const part of raw) bytes += (part as Buffer).length;
      return { bytes, protocol };
    });
    app.addContentTypeParser('application/octet-stream', (_request, _payload, done) => done(null));
    const url = await app.listen({ host: '127.0.0.1', port: 0 });
    const { port } = app.server.address() as AddressInfo;
    const dial = async (options: ConnectionOptions = {}): Promise<TLSSocket> => {
      const socket = connectSecurely({
        port,
        host: '127.0.0.1',
        ca: authority.ca,
        allowHalfOpen: true,
        ...options,
      } as ConnectionOptions);
      await once(socket, 'secureConnect');
      return socket;
    };
    const renew = async () => {
      const renewed = await issue();
      for (const take of takers) take(renewed);
      return renewed;
    };
    return { app, url, port, dial, renew, takers, [Symbol.asyncDispose]: () => app.close() };
  }

  /** All that comes on a connection until it ends. */
  async function readAll(socket: Socket): Promise<string> {
    let received = '';
    socket.on('data', (piece: Buffer) => {
      received += piece.toString('latin1');
    });
    socket.once('end', () => socket.end());
    await once(socket, 'close');
    return received;
  }

  test('serves HTTP/1.1 over TLS 1.2 and 1.3, and tells browsers to ask for nothing else', async () => {
    await using one = await startApp();
    expect(one.url).toBe(`https://127.0.0.1:${one.port}`);
    for (const version of ['TLSv1.2', 'TLSv1.3'] as const) {
      const socket = await one.dial({ minVersion: version, maxVersion: version, ALPNProtocols: ['h2', 'http/1.1'] });
      expect([socket.getProtocol(), socket.alpnProtocol]).toEqual([version, 'http/1.1']);
      socket.write('GET /healthz HTTP/1.1\r\nHost: ods.example\r\nConnection: close\r\n\r\n');
      const answer = await readAll(socket);
      expect(answer).toMatch(/^HTTP\/1\.1 200 /);
      expect(answer).toMatch(/\r\nstrict-transport-security: max-age=31536000\r\n/);
    }
    const local = await one.dial();
    local.write('GET /healthz HTTP/1.1\r\nHost: localhost:1\r\nConnection: close\r\n\r\n');
    expect(await readAll(local)).not.toMatch(/strict-transport/);
    await expect(one.dial({ minVersion: 'TLSv1', maxVersion: 'TLSv1.1', ciphers: 'DEFAULT@SECLEVEL=0' })).rejects.toThrow(
      /version/i,
    );
    await expect(one.dial({ ALPNProtocols: ['h2'] })).rejects.toThrow(/application protocol/);
    const plain = buildHttpApp({ logger: createSilentLogger(), readiness: () => ({}) });
    expect((await plain.inject('/healthz')).headers).not.toHaveProperty('strict-transport-security');
  });

  test.each([
    ['GET', 'GET / HTTP/1.1\r\nHost: x\r\n\r\n', true],
    [
      'a body that is written before an answer is read',
      `POST /json HTTP/1.1\r\nHost: x\r\nContent-Length: ${8 * mebibyte}\r\n\r\n${'x'.repeat(8 * mebibyte)}`,
      true,
    ],
    ['HEAD', 'HEAD / HTTP/1.1\r\nHost: x\r\n\r\n', false],
    ['SSH', 'SSH-2.0-OpenSSH_9.2\r\n', true],
  ])('answers what is no TLS (%s) with 400 that names https', async (_what, sent, hasBody) => {
    await using one = await startApp();
    const socket = connect(one.port, '127.0.0.1');
    socket.pause();
    await new Promise<void>((resolve, reject) => socket.once('error', reject).write(sent, 'latin1', () => resolve()));
    const answer = await readAll(socket.resume());
    expect(answer).toMatch(/^HTTP\/1\.1 400 .*content-type: application\/problem\+json.*connection: close/is);
    expect(answer.includes('use an address that begins with https://')).toBe(hasBody);
  });

  test.each([
    [
      'a body that is too long',
      `POST /json HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: ${50 * mebibyte}`,
      413,
    ],
    ['a path that there is not', `POST /none HTTP/1.1\r\nHost: x\r\nContent-Length: ${50 * mebibyte}`, 404],
    ['what is not HTTP', 'nonsense', 400],
  ])('a client that first writes all reads why %s was refused', async (_what, head, status) => {
    await using one = await startApp();
    const socket = await one.dial();
    socket.pause();
    const failed = once(socket, 'error').then(([error]) => Promise.reject(error));
    const written = new Promise<void>((resolve) => socket.write(`${head}\r\n\r\n${'x'.repeat(50 * mebibyte)}`, () => resolve()));
    await Promise.race([written, failed]);
    expect(await Promise.race([readAll(socket.resume()), failed])).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `));
  });

  test('answers a client that closes its sending side behind its request', async () => {
    await using one = await startApp();
    const socket = await one.dial();
    socket.end('GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n');
    expect(await readAll(socket)).toMatch(/^HTTP\/1\.1 200 /);
  });

  test('a renewed certificate is served at once, and ends no request that is under way', async () => {
    await using one = await startApp();
    const socket = await one.dial();
    const before = socket.getPeerCertificate().fingerprint256;
    const half = Buffer.alloc(4 * mebibyte);
    socket.write(
      `POST /count HTTP/1.1\r\nHost: x\r\nContent-Type: application/octet-stream\r\nContent-Length: ${2 * half.length}\r\n\r\n`,
    );
    await new Promise<void>((resolve) => socket.write(half, () => resolve()));
    await one.renew();
    const renewed = await one.dial();
    expect(renewed.getPeerCertificate().fingerprint256).not.toBe(before);
    renewed.destroy();
    socket.write(half);
    let answer = '';
    socket.on('data', (piece) => {
      answer += String(piece);
    });
    await eventually(() => answer.endsWith('}'));
    expect(answer).toContain(JSON.stringify({ bytes: 2 * half.length, protocol: 'https' }));
    // The connection goes on too.
    answer = '';
    socket.write('GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n');
    await eventually(() => answer.endsWith('ok\n'));
    socket.destroy();
  });

  test('closes at once, whatever clients say nothing, are in the middle of a handshake, or have broken one off', async () => {
    const one = await startApp();
    const silent = connect(one.port, '127.0.0.1');
    const begun = connect(one.port, '127.0.0.1');
    const gone = connect(one.port, '127.0.0.1');
    await Promise.all([silent, begun, gone].map((socket) => once(socket, 'connect')));
    begun.write('\x16\x03\x01\x00\xc8\x01', 'latin1');
    gone.end('\x16\x03\x01\x00', 'latin1');
    for (const socket of [silent, begun, gone]) socket.on('error', () => undefined);
    const idle = await one.dial();
    idle.on('error', () => undefined);
    const closed = [silent, begun, gone, idle].map(async (socket) => {
      if (!socket.closed)
        await once(
          socket.resume().once('end', () => socket.end()),
          'close',
        );
    });
    await one.app.close();
    await Promise.all(closed);
    expect(one.takers.size).toBe(0);
  });

  test('a client that goes before it has said anything leaves nothing behind', async () => {
    await using one = await startApp();
    const socket = connect(one.port, '127.0.0.1');
    await once(socket, 'connect');
    socket.end();
    await once(socket.resume(), 'close');
    const connections = () => new Promise((resolve) => one.app.server.getConnections((_error, count) => resolve(count)));
    await eventually(async () => (await connections()) === 0);
  });
});

test.skipIf(!(await requirement('openssl', () => commandExists('openssl'))))(
  'a client that says nothing is let go after a time',
  async () => {
    const { tlsServerFactory } = await import('../src/tls-server.ts');
    await using folder = await temporaryDirectory();
    const certificate = { ...createTestAuthority(folder.path).issue('IP:127.0.0.1'), startsAt: new Date(0), endsAt: new Date(0) };
    const timers = createVirtualTime();
    const tls = { certificate, onRenewed: () => ({ [Symbol.dispose]: () => undefined }) } as unknown as ListenerTls;
    const server = tlsServerFactory(tls, createSilentLogger(), timers)(() => undefined, {});
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const socket = connect((server.address() as AddressInfo).port, '127.0.0.1');
    await Promise.all([once(server, 'connection'), once(socket, 'connect')]);
    await timers.pass(29_000);
    expect(socket.closed).toBe(false);
    const closed = once(socket.resume(), 'close');
    await timers.pass(2_000);
    await closed;
    server.close();
  },
);
