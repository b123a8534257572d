import { once } from 'node:events';
import { createServer, request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { eventually } from '@odst/testing';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type InstallerFile, installerFile } from '../support/installer-file.ts';
import { rawRequest } from '../support/raw-http.ts';
import { expectProblem } from '../support/refusals.ts';
import type { ServerProcess } from '../support/server-process.ts';
import { becomesPublic, startFederation, twoServers } from '../support/two-servers.ts';

const megabyte = 1_048_576;
const manifest = /\/manifest$/;

/**
 * A way to a server on which the bytes of contents stop after the first MiB until they are let through; everything else
 * passes.
 */
async function startHeldWay() {
  let gate = Promise.withResolvers<void>();
  let targetPort = 0;
  const server = createServer((incoming, outgoing) => {
    const { method, url = '', headers } = incoming;
    const isHeld = url.startsWith('/api/ods/v1/blobs/') && !manifest.test(url);
    const sent = request({ host: '127.0.0.1', port: targetPort, method, path: url, headers }, (answer) => {
      outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
      let passed = 0;
      answer.on('data', async (piece: Buffer) => {
        answer.pause();
        if (isHeld && passed + piece.length > megabyte) await gate.promise;
        passed += piece.length;
        outgoing.write(piece);
        answer.resume();
      });
      answer.on('end', () => outgoing.end());
    });
    sent.on('error', () => outgoing.destroy());
    outgoing.on('close', () => sent.destroy());
    incoming.pipe(sent);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    leadTo(port: number) {
      targetPort = port;
    },
    letThrough: () => gate.resolve(),
    hold() {
      gate = Promise.withResolvers();
    },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

let folder: Awaited<ReturnType<typeof twoServers>>;
let way: Awaited<ReturnType<typeof startHeldWay>>;
let a: ServerProcess;
let b: ServerProcess;
let files: InstallerFile[];

beforeAll(async () => {
  way = await startHeldWay();
  folder = await twoServers({ a: { env: { ODST_PUBLIC_URL: way.url } } });
  way.leadTo(folder.a.port);
  ({ a, b } = await startFederation(folder));
  files = await Promise.all(
    [20, 21].map((size) => installerFile(join(folder.path, `${size}.pkg`), size * megabyte, `on its way ${size}`)),
  );
});

afterAll(async () => {
  way?.letThrough();
  await Promise.all([a?.stop(), b?.stop()]);
  await way?.[Symbol.asyncDispose]();
  await folder?.[Symbol.asyncDispose]();
});

const ask = (server: ServerProcess, name: string, method = 'GET', headers: Record<string, string> = {}) =>
  rawRequest(server.port, { method, path: `/Packages/${encodeURIComponent(name)}`, headers });

test('a package that is on its way is 503 with how far it is, and then both servers tell the same', async () => {
  const [first, second] = files as [InstallerFile, InstallerFile];
  const name = 'Größe.pkg';
  expect((await ask(b, name)).status).toBe(404);
  expect((await a.admin.upload(first.path, name, 'Prod')).status).toBe(201);
  await eventually(async () => (await b.admin.findPackage(name))?.status === 'Downloading', 60_000);
  const coming = await ask(b, name, 'GET', { Range: 'bytes=0-1' });
  expectProblem(coming, 503, 'STORAGE_DOWNLOAD_PENDING');
  expect(Number(coming.headers['retry-after'])).toBeGreaterThanOrEqual(5);
  expect(Number(coming.headers['retry-after'])).toBeLessThanOrEqual(300);
  expect(coming.json?.['detail']).toMatch(/^Größe\.pkg is on its way from another server: [\d,]+ of 20,971,520 bytes are here/);
  // What anybody may read does not tell who or where the other server is.
  const about = await a.admin.about();
  for (const secret of [about.iss, about.url, about.key, '127.0.0.1']) expect(coming.body.toString()).not.toContain(secret);
  const head = await ask(b, name, 'HEAD');
  expect([head.status, head.body.length, Number(head.headers['retry-after']) >= 5]).toEqual([503, 0, true]);
  expect((await ask(b, 'unknown.pkg')).status).toBe(404);

  way.letThrough();
  await becomesPublic(b, name, first.sha256);
  const validators = async (server: ServerProcess) => {
    const { status, headers } = await ask(server, name, 'HEAD');
    return { status, etag: headers['etag'], date: headers['last-modified'] };
  };
  const atA = await validators(a);
  expect(atA).toEqual({ status: 200, etag: `"sha256-${first.sha256}"`, date: expect.stringContaining('GMT') });
  expect(await validators(b)).toEqual(atA);

  // What was verified last is served until newer bytes are.
  way.hold();
  expect((await a.admin.upload(second.path, name, 'Prod', { replace: true })).status).toBe(201);
  await eventually(async () => (await b.admin.findPackage(name))?.status === 'Downloading', 60_000);
  expect(await validators(b)).toEqual(atA);
  const since = async (server: ServerProcess) => (await ask(server, name, 'GET', { 'If-Modified-Since': atA.date ?? '' })).status;
  expect([await since(a), await since(b)]).toEqual([200, 304]);
  way.letThrough();
  await becomesPublic(b, name, second.sha256);
  expect(await since(b)).toBe(200);
  const replaced = await eventually(async () => {
    const told = await validators(a);
    return told.date !== undefined && told;
  });
  expect(Date.parse(replaced.date ?? '')).toBeGreaterThanOrEqual(Date.parse(atA.date ?? '') + 1_000);
  expect(await validators(b)).toEqual(replaced);
});
