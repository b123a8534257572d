import { once } from 'node:events';
import { readdir, readFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { eventually, freePort, type TemporaryDirectory, temporaryDirectory } from '@odst/testing';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { sha256Of } from '../support/digest.ts';
import { filesBelow } from '../support/files-below.ts';
import { installerFile } from '../support/installer-file.ts';
import { headOf, openSocket } from '../support/raw-http.ts';
import { type ServerOptions, type ServerProcess, spawnServer, startServerProcess } from '../support/server-process.ts';
import { formType, uploadForm } from '../support/upload-form.ts';

const megabyte = 1_048_576;

let folder: TemporaryDirectory;
let options: ServerOptions;
let server: ServerProcess;

beforeAll(async () => {
  folder = await temporaryDirectory();
  options = { dataDir: join(folder.path, 'data'), port: await freePort() };
  server = await startServerProcess(options);
});

afterAll(async () => {
  await server?.stop();
  await folder?.[Symbol.asyncDispose]();
});

const postmasterPid = async (dataDir: string) =>
  Number.parseInt(await readFile(join(dataDir, 'postgres', 'postmaster.pid'), 'utf8'), 10);

/** Whether a process runs; one that ended and that nobody asked for its code does not, where the system tells. */
async function runs(pid: number): Promise<boolean> {
  try {
    process.kill(pid, 0);
  } catch {
    return false;
  }
  return !/\) Z /.test(await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => ''));
}

/** The lines of a log that tell of something wrong. */
const complaints = (log: string) => log.split('\n').filter((line) => line !== '' && !/^\{"level":"(info|debug)"/.test(line));

test('a second server on the same data directory is refused in one line, and the first goes on', async () => {
  await using second = await spawnServer({ ...options, port: await freePort() });
  expect(await second.exited).toBe(1);
  const plain = second
    .log()
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('{'));
  expect(plain).toEqual([
    `The server cannot start: another server runs on the data directory ${options.dataDir}; stop it, or choose another ODST_DATA_DIR`,
  ]);
  expect(second.log()).not.toContain(' at ');
  expect((await server.admin.about()).name).toBe('ODS');
});

test('a port that another program has is told in one line that names ODST_PORT, and nothing stays behind', async () => {
  const port = await freePort();
  const other = createServer().listen(port, '127.0.0.1');
  await once(other, 'listening');
  const dataDir = join(folder.path, 'other');
  await using second = await spawnServer({ dataDir, port });
  expect(await second.exited).toBe(1);
  expect(complaints(second.log())).toEqual([
    `The server cannot start: ODST_PORT: another program listens on port ${port} of 127.0.0.1; example: ODST_PORT=${port + 1}`,
    expect.stringMatching(/"level":"fatal".*"code":"COMMON_SETTING_INVALID"/),
  ]);
  expect(second.log()).not.toContain(' at ');
  await expect(postmasterPid(dataDir)).rejects.toThrow('ENOENT');
  other.close();
  await once(other, 'close');

  // Where the port is free again, the same directory serves, and stops while it starts as well as later.
  await using third = await spawnServer({ dataDir, port });
  await eventually(async () => (await postmasterPid(dataDir)) > 0, 120_000);
  const pid = await postmasterPid(dataDir);
  expect(await third.stop()).toBe(0);
  expect(complaints(third.log())).toEqual([]);
  expect(await runs(pid)).toBe(false);
});

test('SIGTERM in the middle of an upload and a download ends the server soon, with 0 and without complaint', async () => {
  const kept = await installerFile(join(folder.path, 'kept.pkg'), 30 * megabyte, 'kept');
  expect((await server.admin.upload(kept.path, 'Kept.pkg', 'Prod')).status).toBe(201);
  const pid = await postmasterPid(options.dataDir);

  const form = uploadForm('Half.pkg', Buffer.alloc(5 * megabyte, 1), 'Prod');
  const headers = { Authorization: server.admin.authorization, 'Content-Type': formType, 'Content-Length': String(form.length) };
  const upload = await openSocket(server.port);
  upload.write(headOf({ method: 'POST', path: '/api/admin/upload', headers }, server.port));
  upload.write(form.subarray(0, 3 * megabyte));
  // Who reads nothing holds a download in the middle.
  const download = await openSocket(server.port);
  download.pause();
  download.write(headOf({ path: '/share/Kept.pkg' }, server.port));
  await eventually(async () => (await filesBelow(join(options.dataDir, 'staging'))).length === 1);

  const signalledAt = performance.now();
  expect(await server.stop()).toBe(0);
  expect(performance.now() - signalledAt).toBeLessThan(30_000);
  expect(complaints(server.log())).toEqual([]);
  expect(await runs(pid)).toBe(false);
  for (const socket of [upload, download]) socket.destroy();

  server = await startServerProcess(options);
  expect(await server.admin.findPackage('Half.pkg')).toBeUndefined();
  await eventually(async () => (await filesBelow(join(options.dataDir, 'staging'))).length === 0);
  expect(await sha256Of(await server.admin.download('Kept.pkg'))).toBe(kept.sha256);
  expect(complaints(server.log())).toEqual([]);
});

test('a server that was killed leaves its PostgreSQL behind, and the next start deals with it', async () => {
  const file = await installerFile(join(folder.path, 'acknowledged.pkg'), megabyte, 'acknowledged');
  expect((await server.admin.upload(file.path, 'Acknowledged.pkg', 'Prod')).status).toBe(201);
  const orphan = await postmasterPid(options.dataDir);
  await server.kill();
  expect(await runs(orphan)).toBe(true);

  server = await startServerProcess(options);
  expect(await runs(orphan)).toBe(false);
  await eventually(() => server.log().includes('stopping the PostgreSQL that a killed server left behind'));
  expect(await sha256Of(await server.admin.download('Acknowledged.pkg'))).toBe(file.sha256);
});

test('a server whose PostgreSQL is killed ends with 1 and says why, and the next start works', async () => {
  process.kill(await postmasterPid(options.dataDir), 'SIGKILL');
  expect(await server.exited).toBe(1);
  expect(server.log()).toMatch(/"level":"fatal".*"code":"COMMON_DATABASE_UNAVAILABLE"/);
  server = await startServerProcess(options);
  expect(await server.admin.findPackage('Acknowledged.pkg')).toMatchObject({ status: 'Public' });
});

test('what a killed server left among the temporary files is removed by the next start of another one, and nothing that is in use', async () => {
  await using temporary = await temporaryDirectory();
  const env = { TMPDIR: temporary.path };
  const left = async () => (await readdir(temporary.path)).filter((name) => name.startsWith('odst-'));
  const startOne = async (name: string) => startServerProcess({ dataDir: join(folder.path, name), port: await freePort(), env });
  const killed = await startOne('killed');
  const before = await left();
  expect(before).toHaveLength(2);
  await killed.kill();

  await using other = await startOne('other');
  const after = await left();
  // Its PostgreSQL runs on until it starts again, and keeps its socket.
  expect(before.filter((name) => after.includes(name))).toEqual(before.filter((name) => !name.endsWith('-services')));
  expect(after).toHaveLength(3);
  {
    await using _again = await startOne('killed');
  }
  expect(await left()).toHaveLength(2);
  await other.stop();
  expect(await left()).toEqual([]);
});
