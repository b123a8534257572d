import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { readFile, stat } from 'node:fs/promises';
import { createServer, type IncomingMessage, request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { commandExists, eventually, freePort, requirement, type TemporaryDirectory, temporaryDirectory } from '@odst/testing';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type InstallerFile, installerFile } from '../support/installer-file.ts';
import { type ServerProcess, startServerProcess } from '../support/server-process.ts';

const run = promisify(execFile);
const hasCurl = await requirement('curl', () => commandExists('curl'));
const hasAria2 = await requirement('aria2c', () => commandExists('aria2c'));
const megabyte = 1_048_576;

let folder: TemporaryDirectory;
let server: ServerProcess;
let first: InstallerFile;
let second: InstallerFile;

beforeAll(async () => {
  folder = await temporaryDirectory();
  server = await startServerProcess({ dataDir: join(folder.path, 'data'), port: await freePort() });
  // Of the same size: nothing but their bytes tells them apart.
  [first, second] = await Promise.all([
    installerFile(join(folder.path, 'first.pkg'), 40 * megabyte, 'first'),
    installerFile(join(folder.path, 'second.pkg'), 40 * megabyte, 'second'),
  ]);
});

afterAll(async () => {
  await server?.stop();
  await folder?.[Symbol.asyncDispose]();
});

const sha256OfFile = async (path: string) =>
  createHash('sha256')
    .update(await readFile(path))
    .digest('hex');
const put = async ({ path }: InstallerFile, name: string) =>
  expect((await server.admin.upload(path, name, 'Prod', { replace: true })).status).toBe(201);

test.skipIf(!hasCurl)('curl -z gets what was uploaded in the same second, and then nothing until it changes again', async () => {
  const [small, other] = await Promise.all(
    ['small', 'other'].map((name) => installerFile(join(folder.path, `${name}.pkg`), 1_000, name)),
  );
  const copy = join(folder.path, 'copy.pkg');
  const url = `${server.url}/share/Same%20second.pkg`;
  const refresh = async () => {
    const { stdout } = await run('curl', ['-sSf', '-R', '-z', copy, '-o', copy, '-w', '%{http_code}', url]);
    return [Number(stdout), (await readFile(copy)).length] as const;
  };
  await put(small as InstallerFile, 'Same second.pkg');
  await run('curl', ['-sSf', '-R', '-o', copy, url]);
  const modifiedAt = (await stat(copy)).mtimeMs;
  expect(modifiedAt % 1_000).toBe(0);
  await put(other as InstallerFile, 'Same second.pkg');
  expect((await refresh())[0]).toBe(200);
  expect(await sha256OfFile(copy)).toBe(other?.sha256);
  // The date of the second one may still lie ahead; once it is told, the file has it.
  await eventually(async () => (await refresh())[0] === 304);
  expect((await stat(copy)).mtimeMs).toBeGreaterThanOrEqual(modifiedAt + 1_000);
  expect(await sha256OfFile(copy)).toBe(other?.sha256);
  // Back to the first content: whoever has the date of the second, or of the first one then, is given it.
  await put(small as InstallerFile, 'Same second.pkg');
  expect((await refresh())[0]).toBe(200);
  expect(await sha256OfFile(copy)).toBe(small?.sha256);
  const since = { 'if-modified-since': new Date(modifiedAt).toUTCString() };
  expect((await server.admin.download('Same second.pkg', since)).status).toBe(200);
});

test.skipIf(!hasAria2)('aria2, which fetches parts at once, notices that a package was replaced meanwhile', async () => {
  const fetched = async (name: string, isDigestPassed: boolean) => {
    await put(first, 'Parts.pkg');
    await using way = await startReplacingWay(server.port, isDigestPassed, () => put(second, 'Parts.pkg'));
    const target = `${way.url}/share/Parts.pkg`;
    await run('aria2c', ['-q', '-d', folder.path, '-o', name, '-x4', '-s4', '-k1M', target]);
    expect(way.replaced()).toBe(true);
    return sha256OfFile(join(folder.path, name));
  };
  expect([first.sha256, second.sha256]).toContain(await fetched('whole.pkg', true));
  // Without the digest it puts together parts of both: so that is what the server's answer saves it from.
  expect([first.sha256, second.sha256]).not.toContain(await fetched('mixed.pkg', false));
});

/**
 * A way to the server on which what was asked for in whole stops after the first MiB until a part was fetched, and the first part
 * only comes after `replace`.
 */
async function startReplacingWay(port: number, isDigestPassed: boolean, replace: () => Promise<void>) {
  const partFetched = Promise.withResolvers<void>();
  let replacing: Promise<void> | undefined;
  const pass = (answer: IncomingMessage, isHeld: boolean, write: (piece: Buffer) => void) => {
    let passed = 0;
    answer.on('data', async (piece: Buffer) => {
      answer.pause();
      if (isHeld && passed + piece.length > megabyte) await partFetched.promise;
      passed += piece.length;
      write(piece);
      answer.resume();
    });
  };
  const way = createServer(async ({ method, url, headers }, outgoing) => {
    if (!isDigestPassed) delete headers['want-digest'];
    const isPart = headers.range !== undefined;
    if (isPart) {
      replacing ??= replace();
      await replacing;
    }
    const sent = request({ host: '127.0.0.1', port, method, path: url, headers }, (answer) => {
      outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
      pass(answer, !isPart, (piece) => outgoing.write(piece));
      answer.on('end', () => outgoing.end());
    });
    sent.on('error', () => outgoing.destroy()).end();
    outgoing.on('close', () => {
      sent.destroy();
      if (isPart) partFetched.resolve();
    });
  });
  way.listen(0, '127.0.0.1');
  await once(way, 'listening');
  return {
    url: `http://127.0.0.1:${(way.address() as AddressInfo).port}`,
    replaced: () => replacing !== undefined,
    async [Symbol.asyncDispose]() {
      way.closeAllConnections();
      way.close();
      await once(way, 'close');
    },
  };
}
