import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { createVirtualTime } from '@odst/async/testing';
import type { BlobStore } from '@odst/blob-store';
import { eventually } from '@odst/testing';
import { expect, test } from 'vitest';
import { type StorageFixture, startStorageFixture } from '../storage-fixture.ts';
import { startDataPlaneFixture, uploadFile } from './data-plane-fixture.ts';

const mebibyte = 1_048_576;
const fileHead = (name: string) =>
  `--abc\r\nContent-Disposition: form-data; name="stage"\r\n\r\nProd\r\n--abc\r\nContent-Disposition: form-data; name="file"; filename="${name}"\r\n\r\n`;
const formEnd = '\r\n--abc--\r\n';
const headOf = (bodyBytes: number, more = '') =>
  `POST /api/admin/upload HTTP/1.1\r\nHost: x\r\nConnection: close\r\n${more}Content-Type: multipart/form-data; boundary=abc\r\nContent-Length: ${bodyBytes}\r\n\r\n`;

/** An upload that is sent as far as the test wants. */
type Sender = { readonly socket: Socket; readonly answer: () => string; send(bytes: Uint8Array | string): void };

function openSender(port: number): Sender {
  const socket = connect(port, '127.0.0.1');
  socket.on('error', () => undefined);
  let answer = '';
  socket.on('data', (piece) => {
    answer += piece.toString('latin1');
  });
  return { socket, answer: () => answer, send: (bytes) => void socket.write(bytes) };
}

/** Begins to send a file; `rest` are the bytes that are missing. */
function beginUpload(port: number, name: string, file: Uint8Array, sentBytes: number): Sender & { sendRest(): void } {
  const sender = openSender(port);
  const head = fileHead(name);
  sender.send(headOf(head.length + file.length + formEnd.length));
  sender.send(head);
  sender.send(file.subarray(0, sentBytes));
  return {
    ...sender,
    sendRest() {
      sender.send(file.subarray(sentBytes));
      sender.send(formEnd);
    },
  };
}

test('300 that send nothing more keep nobody waiting, and take little memory', async () => {
  await using plane = await startDataPlaneFixture({ idleTimeoutMs: 600_000 });
  const before = process.memoryUsage().arrayBuffers;
  const file = randomBytes(mebibyte);
  const senders = Array.from({ length: 300 }, (_, index) => beginUpload(plane.port, `slow-${index}.pkg`, file, 100_000));
  await eventually(() => plane.live.size === 300, 120_000);
  const answer = await uploadFile(plane.url, 'usual.pkg', randomBytes(5 * mebibyte));
  expect([answer.status, plane.live.size]).toEqual([201, 300]);
  expect(plane.storage.freeSlots()).toBe(8);
  expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(60 * mebibyte);

  // They are uploads like others, only slow.
  const [first, ...others] = senders;
  first?.sendRest();
  await eventually(() => first?.answer().startsWith('HTTP/1.1 201 ') === true);
  for (const { socket } of others) socket.destroy();
  await eventually(() => plane.live.size === 0, 120_000);
  expect((await plane.storage.files()).staging).toEqual([]);
});

test('one more than the server reads at once is told so before its body, and those under way go on', async () => {
  await using plane = await startDataPlaneFixture({ uploadsAtOnce: 2 });
  const file = randomBytes(1_000);
  const inside = ['a.pkg', 'b.pkg'].map((name) => beginUpload(plane.port, name, file, 10));
  await eventually(() => plane.live.size === 2);

  const waits = openSender(plane.port);
  waits.send(headOf(1_000_000, 'Expect: 100-continue\r\n'));
  await once(waits.socket, 'close');
  expect(waits.answer()).toMatch(/^HTTP\/1\.1 503 /);
  expect(waits.answer()).toMatch(/\r\nretry-after: 10\r\n/i);
  expect(waits.answer()).toMatch(/\r\nconnection: close\r\n/i);
  expect(waits.answer()).toContain('STORAGE_UPLOADS_BUSY');
  const whole = await uploadFile(plane.url, 'c.pkg', randomBytes(5 * mebibyte));
  expect([whole.status, whole.headers.get('retry-after')]).toEqual([503, '10']);

  const closed = Promise.all(inside.map(({ socket }) => once(socket, 'close')));
  for (const sender of inside) sender.sendRest();
  await closed;
  expect(inside.map(({ answer }) => answer().slice(9, 12))).toEqual(['201', '201']);
  expect((await uploadFile(plane.url, 'c.pkg', file)).status).toBe(201);
});

/** A storage whose blob store waits at one place until it is let go. */
async function startHeldStorage(hold: (store: BlobStore, held: Promise<void>, reached: () => void) => BlobStore) {
  const storage = await startStorageFixture();
  const held = Promise.withResolvers<void>();
  let isReached = false;
  const blobStore = hold(storage.deps.blobStore, held.promise, () => {
    isReached = true;
  });
  const fixture: StorageFixture = { ...storage, deps: { ...storage.deps, blobStore } };
  return { storage: fixture, reached: () => isReached, letGo: () => held.resolve() };
}

test('an fsync that takes ten minutes after the last byte ends with 201', async () => {
  const timers = createVirtualTime();
  const { storage, reached, letGo } = await startHeldStorage((store, held, onReached) => ({
    ...store,
    async publish(staging, sha256) {
      onReached();
      await held;
      await store.publish(staging, sha256);
    },
  }));
  await using plane = await startDataPlaneFixture({ storage, timers, idleTimeoutMs: 120_000 });
  const answer = uploadFile(plane.url, 'durable.pkg', randomBytes(mebibyte));
  await eventually(reached);
  await timers.pass(600_000);
  expect(plane.live.size).toBe(1);
  letGo();
  expect((await answer).status).toBe(201);
});

test('a disk that takes nothing for ten minutes in the middle of the body is no silence of the client', async () => {
  const timers = createVirtualTime();
  const { storage, reached, letGo } = await startHeldStorage((store, held, onReached) => ({
    ...store,
    async openStaging(id, sizeBytes, options) {
      const staging = await store.openStaging(id, sizeBytes, options);
      return {
        ...staging,
        async write(bytes, position) {
          onReached();
          await held;
          await staging.write(bytes, position);
        },
      };
    },
  }));
  await using plane = await startDataPlaneFixture({ storage, timers, idleTimeoutMs: 120_000 });
  const file = randomBytes(40 * mebibyte);
  const sender = beginUpload(plane.port, 'held-up.pkg', file, file.length);
  await eventually(reached);
  const bytesRead = () => plane.storage.freeSlots();
  await eventually(() => bytesRead() === 0);
  await timers.pass(600_000);
  expect(plane.live.size).toBe(1);
  letGo();
  sender.sendRest();
  await once(sender.socket, 'close');
  expect(sender.answer()).toMatch(/^HTTP\/1\.1 201 /);
});

test.each([
  ['within the file', fileHead('silent.pkg').length + 100],
  ['before the file', 20],
  ['before its first byte', 0],
])('a client that falls silent %s is given up after its time', async (_where, sentBytes) => {
  const timers = createVirtualTime();
  await using plane = await startDataPlaneFixture({ timers, idleTimeoutMs: 120_000 });
  const sender = openSender(plane.port);
  const body = fileHead('silent.pkg') + 'x'.repeat(1_000);
  sender.send(headOf(100_000));
  if (sentBytes > 0) sender.send(body.slice(0, sentBytes));
  const closed = once(sender.socket, 'close');
  await eventually(() => plane.authorizations() === 1);
  if (sentBytes > 100) await eventually(() => plane.live.size === 1);
  await timers.pass(115_000);
  expect(sender.socket.closed).toBe(false);
  await timers.pass(30_000);
  await closed;
  await eventually(() => plane.live.size === 0);
  expect(await plane.storage.files()).toEqual({ blobs: [], staging: [] });
});

test('a client that sends a byte now and then is not silent', async () => {
  const timers = createVirtualTime();
  await using plane = await startDataPlaneFixture({ timers, idleTimeoutMs: 120_000 });
  const file = randomBytes(14);
  const sender = beginUpload(plane.port, 'patient.pkg', file, 4);
  await eventually(() => plane.live.size === 1);
  for (let sent = 4; sent < file.length; sent += 1) {
    await timers.pass(50_000);
    sender.send(file.subarray(sent, sent + 1));
    // The byte travels in real time.
    for (let turn = 0; turn < 50; turn += 1) await new Promise((resolve) => setImmediate(resolve));
  }
  sender.send(formEnd);
  await once(sender.socket, 'close');
  expect(sender.answer()).toMatch(/^HTTP\/1\.1 201 /);
});
