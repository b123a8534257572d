import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { connect } from 'node:net';
import { eventually } from '@odst/testing';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type DataPlaneFixture, startDataPlaneFixture } from './data-plane-fixture.ts';

let plane: DataPlaneFixture;
beforeAll(async () => {
  plane = await startDataPlaneFixture();
});
afterAll(() => plane[Symbol.asyncDispose]());

const sha1 = (bytes: Uint8Array) => createHash('sha1').update(bytes).digest('hex');
const formOf = (name: string, file: Uint8Array) =>
  Buffer.concat([
    Buffer.from(
      `--abc\r\nContent-Disposition: form-data; name="stage"\r\n\r\nProd\r\n--abc\r\nContent-Disposition: form-data; name="file"; filename="${name}"\r\n\r\n`,
    ),
    file,
    Buffer.from('\r\n--abc--\r\n'),
  ]);
const headOf = (...fields: string[]) =>
  ['POST /api/admin/upload HTTP/1.1', 'Host: x', 'Content-Type: multipart/form-data; boundary=abc', ...fields, '', ''].join(
    '\r\n',
  );

/** A connection that keeps what comes back. */
function open() {
  const socket = connect({ port: plane.port, host: '127.0.0.1', allowHalfOpen: true, noDelay: true });
  socket.on('error', () => undefined);
  let answer = '';
  socket.on('data', (piece) => {
    answer += piece.toString('latin1');
  });
  const closed = once(socket, 'close');
  socket.once('end', () => socket.end());
  return { socket, closed, answer: () => answer };
}

const bodyOf = (answer: string) => JSON.parse(answer.slice(answer.lastIndexOf('\r\n\r\n') + 4)) as unknown;

describe('an upload is taken from a client that', () => {
  const file = randomBytes(200_000);
  const created = (name: string) => ({ filename: name, sha1: sha1(file) });

  test('closes its sending side behind the body', async () => {
    const { socket, closed, answer } = open();
    const form = formOf('half-closed.pkg', file);
    socket.write(headOf(`Content-Length: ${form.length}`));
    socket.end(form);
    await closed;
    expect(answer()).toMatch(/^HTTP\/1\.1 201 /);
    expect(bodyOf(answer())).toMatchObject(created('half-closed.pkg'));
  });

  test('waits for 100 Continue, and one that asks for it and does not wait', async () => {
    for (const name of ['waits.pkg', 'does-not-wait.pkg']) {
      const { socket, closed, answer } = open();
      const form = formOf(name, file);
      socket.write(headOf(`Content-Length: ${form.length}`, 'Expect: 100-continue', 'Connection: close'));
      if (name === 'waits.pkg') await eventually(() => answer().startsWith('HTTP/1.1 100 Continue\r\n\r\n'));
      socket.write(form);
      await closed;
      expect(answer()).toMatch(/^HTTP\/1\.1 100 Continue\r\n\r\nHTTP\/1\.1 201 /);
    }
  });

  test('sends chunks of a single byte', async () => {
    const small = file.subarray(0, 70_000);
    const { socket, closed, answer } = open();
    socket.write(headOf('Transfer-Encoding: chunked', 'Connection: close'));
    const chunks = [...formOf('single-bytes.pkg', small)].map((byte) => Buffer.from([0x31, 13, 10, byte, 13, 10]));
    socket.write(Buffer.concat([...chunks, Buffer.from('0\r\n\r\n')]));
    await closed;
    expect(answer()).toMatch(/^HTTP\/1\.1 201 /);
    expect(bodyOf(answer())).toMatchObject({ filename: 'single-bytes.pkg', sha1: sha1(small) });
  });

  test('sends more than it announced: the upload counts, and nothing of what follows', async () => {
    const { socket, closed, answer } = open();
    const form = formOf('more.pkg', file);
    socket.write(Buffer.concat([Buffer.from(headOf(`Content-Length: ${form.length}`)), form, randomBytes(300_000)]));
    await closed;
    expect(answer()).toMatch(/^HTTP\/1\.1 201 /);
    expect(answer()).toMatch(/\r\nconnection: close\r\n/i);
    expect(answer().match(/HTTP\/1\.1/g)).toHaveLength(1);
    expect(bodyOf(answer())).toMatchObject(created('more.pkg'));
  });
});

test('an upload of fewer bytes than announced is refused where its client closes its sending side', async () => {
  const { socket, closed, answer } = open();
  const form = formOf('fewer.pkg', randomBytes(200_000));
  socket.write(headOf(`Content-Length: ${form.length + 1_000}`));
  socket.end(form.subarray(0, 150_000));
  await closed;
  expect(answer()).toMatch(/^HTTP\/1\.1 400 /);
  await eventually(() => plane.live.size === 0);
  expect((await plane.storage.files()).staging).toEqual([]);
});

test('an upload whose last boundary stands behind LF alone is told so, though all of it is here before its file is begun', async () => {
  const { socket, closed, answer } = open();
  const form = Buffer.from(formOf('half-line-break.pkg', Buffer.from('bytes')).toString().replace('\r\n--abc--', '\n--abc--'));
  socket.write(headOf(`Content-Length: ${form.length}`, 'Connection: close'));
  socket.write(form);
  await closed;
  expect(answer()).toMatch(/^HTTP\/1\.1 400 /);
  expect(bodyOf(answer())).toMatchObject({ code: 'COMMON_REQUEST_MALFORMED', detail: expect.stringContaining('LF or CR alone') });
});
