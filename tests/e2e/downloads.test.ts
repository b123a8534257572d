import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { readdir, readFile, readlink, rename, rm, truncate } from 'node:fs/promises';
import { join } from 'node:path';
import { eventually, freePort, type TemporaryDirectory, temporaryDirectory } from '@odst/testing';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type InstallerFile, installerFile } from '../support/installer-file.ts';
import { headOf, openSocket, rawRequest } from '../support/raw-http.ts';
import { expectProblem } from '../support/refusals.ts';
import { type ServerProcess, startServerProcess } from '../support/server-process.ts';

const megabyte = 1_048_576;

let folder: TemporaryDirectory;
let server: ServerProcess;
let files: InstallerFile[];

beforeAll(async () => {
  folder = await temporaryDirectory();
  server = await startServerProcess({ dataDir: join(folder.path, 'data'), port: await freePort() });
  files = await Promise.all(
    [9, 17, 33].map((size) => installerFile(join(folder.path, `${size}.pkg`), size * megabyte + size, `download ${size}`)),
  );
  for (const [n, file] of files.entries())
    expect((await server.admin.upload(file.path, `File ${n}.pkg`, 'Prod')).status).toBe(201);
});

afterAll(async () => {
  await server?.stop();
  await folder?.[Symbol.asyncDispose]();
});

const digest = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');
const blobPath = ({ sha256 }: InstallerFile) => join(server.dataDir, 'blobs', sha256.slice(0, 2), sha256);

/** How many of its packages' files the server has open; 0 on systems that do not tell. */
async function openBlobs(): Promise<number> {
  const fds = `/proc/${server.process.pid}/fd`;
  const targets = (await readdir(fds).catch(() => [])).map((fd) => readlink(join(fds, fd)).catch(() => ''));
  return (await Promise.all(targets)).filter((target) => target.startsWith(join(server.dataDir, 'blobs'))).length;
}

test('many downloads at once, of which many break off, give every reader its own bytes', async () => {
  const contents = await Promise.all(files.map(({ path }) => readFile(path)));
  const breakOff = async (n: number) => {
    const socket = await openSocket(server.port);
    let received = 0;
    socket.on('data', (piece: Buffer) => {
      received += piece.length;
      if (received > n * 100_000) socket.destroy();
    });
    socket.write(headOf({ path: `/share/File%20${n % 3}.pkg` }, server.port));
  };
  const read = async (n: number) => {
    const content = contents[n % 3] ?? Buffer.alloc(0);
    const start = (n * 1_234_567) % content.length;
    const headers = n % 2 === 0 ? {} : { range: `bytes=${start}-` };
    const body = Buffer.from(await (await server.admin.download(`File ${n % 3}.pkg`, headers)).arrayBuffer());
    return digest(body) === digest(n % 2 === 0 ? content : content.subarray(start));
  };
  for (let round = 0; round < 3; round += 1) {
    const readers = Array.from({ length: 24 }, async (_, n) => {
      await breakOff(n);
      return read(n);
    });
    expect((await Promise.all(readers)).filter((right) => !right)).toEqual([]);
  }
  // None of them left its file open.
  await eventually(async () => (await openBlobs()) === 0);
});

test('who sends nonsense while it downloads gets no other byte for it than those of the file', async () => {
  const file = files[2] as InstallerFile;
  const socket = await openSocket(server.port);
  const pieces: Buffer[] = [];
  socket.once('data', () => socket.write('nonsense\r\n\r\n'));
  socket.once('end', () => socket.end());
  socket.on('data', (piece: Buffer) => pieces.push(piece));
  socket.write(headOf({ path: '/share/File%202.pkg', headers: { Connection: 'keep-alive' } }, server.port));
  await once(socket, 'close');
  const received = Buffer.concat(pieces);
  const body = received.subarray(received.indexOf('\r\n\r\n') + 4);
  expect(body.length).toBeGreaterThan(0);
  expect((await readFile(file.path)).subarray(0, body.length).equals(body)).toBe(true);
});

test("what is uploaded anew while it is downloaded changes no reader's bytes", async () => {
  const [first, second] = [files[1] as InstallerFile, files[2] as InstallerFile];
  expect((await server.admin.upload(first.path, 'Changing.pkg', 'Prod')).status).toBe(201);
  const slow = await server.admin.download('Changing.pkg');
  const reader = slow.body?.getReader();
  const pieces = [(await reader?.read())?.value ?? new Uint8Array()];
  expect((await server.admin.upload(second.path, 'Changing.pkg', 'Prod', { replace: true })).status).toBe(201);
  for (let next = await reader?.read(); next?.done === false; next = await reader?.read()) pieces.push(next.value);
  expect(digest(Buffer.concat(pieces))).toBe(first.sha256);
  const anew = await server.admin.download('Changing.pkg');
  expect(digest(Buffer.from(await anew.arrayBuffer()))).toBe(second.sha256);
  // Who goes on with a range of what it began gets no mixture: its If-Range holds no longer.
  const goesOn = await server.admin.download('Changing.pkg', {
    range: 'bytes=1000-',
    'if-range': slow.headers.get('etag') ?? '',
  });
  expect(goesOn.status).toBe(200);
});

test('a file that somebody shortened or took away is not served, and the same upload brings it back', async () => {
  const file = files[0] as InstallerFile;
  const ask = (method: string) => rawRequest(server.port, { method, path: '/share/File%200.pkg' });
  await truncate(blobPath(file), file.sizeBytes - 1);
  const shortened = await ask('GET');
  expectProblem(shortened, 503, 'STORAGE_BLOB_CORRUPT');
  expect(shortened.headers['content-disposition']).toBeUndefined();
  expect((await ask('HEAD')).status).toBe(503);

  await rm(blobPath(file));
  // The package stands: clients are not to take it for gone.
  expectProblem(await ask('GET'), 503, 'STORAGE_BLOB_CORRUPT');
  await rename(file.path, `${file.path}.moved`);
  expect((await server.admin.upload(`${file.path}.moved`, 'File 0.pkg', 'Prod')).status).toBe(201);
  expect(digest((await ask('GET')).body)).toBe(file.sha256);
});
