import { createCipheriv, createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { Agent, type IncomingMessage, request } from 'node:http';
import { connect } from 'node:net';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type DataPlaneFixture, startDataPlaneFixture } from './data-plane-fixture.ts';
import { metadataOf, tusClient } from './tus-client.ts';

const mebibyte = 1_048_576;
let plane: DataPlaneFixture;
const client = tusClient(() => plane.url);
beforeAll(async () => {
  plane = await startDataPlaneFixture({ maxUploadBytes: 300 * mebibyte });
});
afterAll(() => plane[Symbol.asyncDispose]());

/** The bytes of a file at a place, which depend on the place alone: none of it is kept in memory. */
function bytesAt(position: number, length: number): Buffer {
  const skip = position % 16;
  const counter = Buffer.alloc(16);
  counter.writeBigUInt64BE(BigInt((position - skip) / 16), 8);
  const cipher = createCipheriv('aes-128-ctr', Buffer.alloc(16, 7), counter);
  return cipher.update(Buffer.alloc(skip + length)).subarray(skip);
}

/** Sends what is left in one PATCH, and cuts it after so many bytes. @returns how many were handed to the system */
async function sendAndCut(path: string, offset: number, sizeBytes: number, cutAfter: number): Promise<number> {
  const socket = connect(plane.port, '127.0.0.1');
  socket.on('error', () => undefined);
  await once(socket, 'connect');
  const closed = once(socket.resume(), 'close');
  const head = ['Tus-Resumable: 1.0.0', `Upload-Offset: ${offset}`, 'Content-Type: application/offset+octet-stream'];
  socket.write(`PATCH ${path} HTTP/1.1\r\nHost: x\r\n${head.join('\r\n')}\r\nContent-Length: ${sizeBytes - offset}\r\n\r\n`);
  let sent = 0;
  while (sent < cutAfter) {
    const piece = bytesAt(offset + sent, Math.min(65_536, cutAfter - sent));
    sent += piece.length;
    if (!socket.write(piece)) await once(socket, 'drain');
  }
  socket.end();
  await closed;
  return sent;
}

test('200 MB that are cut twenty times are sent again by at most a chunk a cut', async () => {
  const sizeBytes = 200 * mebibyte + 12_345;
  const path = await client.begin(sizeBytes, { filename: 'cut.pkg', stage: 'Prod' });
  const seed = Date.now() % 1_000_000;
  const [shares] = fc.sample(fc.array(fc.integer({ min: 1, max: 2_000 }), { minLength: 20, maxLength: 20 }), {
    numRuns: 1,
    seed,
  });
  let offset = 0;
  let resent = 0;
  for (const share of shares ?? []) {
    const cutAfter = Math.min(sizeBytes - offset - 1, Math.ceil((share / 4_000) * (sizeBytes - offset)));
    const sent = await sendAndCut(path, offset, sizeBytes, cutAfter);
    const stands = await client.offset(path);
    expect([seed, offset + sent - stands <= mebibyte, stands >= offset]).toEqual([seed, true, true]);
    resent += offset + sent - stands;
    offset = stands;
  }
  expect(resent).toBeLessThanOrEqual(20 * mebibyte);
  await sendAndCut(path, offset, sizeBytes, sizeBytes - offset);
  const whole = createHash('sha256');
  for (let at = 0; at < sizeBytes; at += mebibyte) whole.update(bytesAt(at, Math.min(mebibyte, sizeBytes - at)));
  expect(await client.read(path)).toMatchObject({ state: 'published', sha256: whole.digest('hex') });
});

test('a connection is kept for the next request', async () => {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  const sockets = new Set<unknown>();
  const call = async (method: string, path: string, headers: Record<string, string>, body?: Uint8Array) => {
    const outgoing = request(`${plane.url}${path}`, { method, agent, headers: { 'tus-resumable': '1.0.0', ...headers } });
    outgoing.end(body);
    const [answer] = (await once(outgoing, 'response')) as [IncomingMessage];
    sockets.add(answer.socket);
    await once(answer.resume(), 'end');
    return answer;
  };
  const bytes = randomBytes(1_000);
  const values = { 'upload-length': '1000', 'upload-metadata': metadataOf({ filename: 'kept-alive.pkg', stage: 'Prod' }) };
  const path = (await call('POST', '/api/v1/uploads', values)).headers.location ?? '';
  for (const offset of [0, 500]) {
    const headers = { 'upload-offset': String(offset), 'content-type': 'application/offset+octet-stream' };
    expect((await call('PATCH', path, headers, bytes.subarray(offset, offset + 500))).statusCode).toBe(204);
  }
  expect(sockets.size).toBe(1);
  agent.destroy();
});

const nasty = fc.oneof(
  fc.constantFrom(
    ...['', ' ', '0', '1', '-1', '+1', '00', '1.5', '1e3', '0x10', 'NaN', 'Infinity', '9'.repeat(400), '9007199254740993'],
    ...[
      '1.0.0',
      '1.0.0, 1.0.0',
      '2.0.0',
      'sha1',
      'sha1 ',
      'sha256 AAAA',
      'md5 AAAA',
      'sha1 =====',
      'filename',
      'filename ,stage ',
    ],
    ...[
      'filename YS5wa2c=,stage UHJvZA==',
      'filename YS5wa2c=,stage UHJvZA==,replace dHJ1ZQ==',
      'filename !!!!',
      'application/json',
    ],
    ...[
      'application/offset+octet-stream',
      'application/offset+octet-stream; charset=x',
      'sha-256=:AAAA:',
      'sha-256=:::',
      ':',
      ',,,',
    ],
    ...[
      'partial',
      'final;/api/v1/uploads/x',
      '__proto__ YQ==',
      'constructor',
      '\xff\xfe',
      'caf\xe9',
      'PATCH',
      'identity',
      'gzip',
    ],
  ),
  fc.string({ maxLength: 60 }).map((text) => text.replaceAll(/[^\x20-\x7e\xa0-\xff]/g, '')),
);
const names = [
  'Upload-Offset',
  'Upload-Length',
  'Upload-Metadata',
  'Upload-Checksum',
  'Upload-Defer-Length',
  'Upload-Concat',
  'Tus-Resumable',
  'Content-Type',
  'Content-Digest',
  'Repr-Digest',
  'X-HTTP-Method-Override',
  'X-Forwarded-Proto',
  'Forwarded',
] as const;

test('no header of tus, however strange, is a fault of the server or makes a package of other bytes', async () => {
  const path = await client.begin(1_000, { filename: 'fuzzed.pkg', stage: 'Prod' });
  const usual: Readonly<Record<string, string>> = {
    'Tus-Resumable': '1.0.0',
    'Upload-Length': '10',
    'Upload-Metadata': metadataOf({ filename: 'made.pkg', stage: 'Prod' }),
    'Upload-Offset': '0',
    'Content-Type': 'application/offset+octet-stream',
  };
  const strange = fc.array(fc.tuple(fc.constantFrom(...names), nasty), { minLength: 1, maxLength: 4 });
  const methods = fc.constantFrom('POST', 'PATCH', 'HEAD', 'DELETE', 'OPTIONS', 'GET');
  const body = fc.constantFrom('', 'x', 'y'.repeat(500));
  const statuses = new Set<number>();
  await fc.assert(
    fc.asyncProperty(methods, strange, body, async (method, changed, bytes) => {
      // The file itself is ended by none of them.
      const target =
        method === 'POST' ? '/api/v1/uploads' : method === 'DELETE' ? `${path.slice(0, -1)}${path.endsWith('0') ? 1 : 0}` : path;
      const kept = Object.entries(usual).filter(([name]) => !changed.some(([one]) => one === name));
      const lines = [...kept, ...changed].map(([name, value]) => `${name}: ${value}`);
      const socket = connect(plane.port, '127.0.0.1');
      socket.on('error', () => undefined);
      await once(socket, 'connect');
      let answer = '';
      socket.on('data', (piece) => {
        answer += piece.toString('latin1');
      });
      const head = [`${method} ${target} HTTP/1.1`, 'Host: x', 'Connection: close', `Content-Length: ${bytes.length}`, ...lines];
      socket.write(`${head.join('\r\n')}\r\n\r\n${bytes}`, 'latin1');
      await once(socket, 'close');
      const status = Number(/^HTTP\/1\.1 (\d{3}) /.exec(answer)?.[1]);
      statuses.add(status);
      expect([status, status >= 200 && status < 500]).toEqual([status, true]);
      expect(answer.toLowerCase()).not.toContain('access-control-allow-origin');
    }),
    { numRuns: 250 },
  );
  expect(statuses.size).toBeGreaterThan(4);
  for (const [name, { sizeBytes }] of plane.storage.catalog.packages) {
    expect([name, sizeBytes]).toEqual([name, { 'cut.pkg': 200 * mebibyte + 12_345, 'made.pkg': 10 }[name] ?? sizeBytes]);
  }
});
