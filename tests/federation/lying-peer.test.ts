import { join } from 'node:path';
import { eventually, freePort, type TemporaryDirectory, temporaryDirectory } from '@odst/testing';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { sha256Of } from '../support/digest.ts';
import { filesBelow } from '../support/files-below.ts';
import { type InstallerFile, installerFile } from '../support/installer-file.ts';
import { type Lie, type LyingProxy, startLyingProxy } from '../support/lying-proxy.ts';
import { type ServerProcess, startServerProcess } from '../support/server-process.ts';
import { becomesPublic } from '../support/two-servers.ts';

const megabyte = 1_048_576;

let folder: TemporaryDirectory;
let proxy: LyingProxy;
let [a, b, c] = [] as unknown as [ServerProcess, ServerProcess, ServerProcess];

const optionsOf = async (name: string, env: Record<string, string> = {}) => ({
  dataDir: join(folder.path, name),
  port: await freePort(),
  env: { ODST_NAME: name, ...env },
});

beforeAll(async () => {
  folder = await temporaryDirectory();
  const portOfA = await freePort();
  proxy = await startLyingProxy(portOfA);
  // Who talks to A takes the way through the proxy, as its URL says so.
  const optionsOfA = { ...(await optionsOf('A', { ODST_PUBLIC_URL: proxy.url })), port: portOfA };
  const options = [optionsOfA, await optionsOf('B'), await optionsOf('C')] as const;
  [a, b, c] = (await Promise.all(options.map(startServerProcess))) as [ServerProcess, ServerProcess, ServerProcess];
  expect((await a.admin.register(await b.admin.about())).status).toBe(201);
});

afterAll(async () => {
  await Promise.all([a, b, c].map((server) => server?.stop()));
  await proxy?.[Symbol.asyncDispose]();
  await folder?.[Symbol.asyncDispose]();
});

/** Chunks that events name as received, and how many there are. */
async function chunksOf(server: ServerProcess, sha256: string): Promise<{ received: number; total: number }> {
  const { items } = await server.admin.events('0', 1_000);
  const groups = items.filter(({ type, data }) => type.includes('ChunkVerified') && data['blob'] === sha256);
  const received = groups.reduce((sum, { data }) => sum + Number(data['count']), 0);
  return { received, total: Number(groups[0]?.data['totalCount'] ?? Number.NaN) };
}

test('wrong bytes of a peer are refused and never served, and what is right comes once it tells the truth', async () => {
  const lies: readonly Lie[] = ['wrong chunk', 'wrong manifest', 'broken off', 'other range', 'page'];
  const files = new Map<Lie, InstallerFile>();
  for (const lie of lies) {
    const file = await installerFile(join(folder.path, `${lie}.pkg`), 20 * megabyte + 3, lie);
    files.set(lie, file);
    proxy.lieAbout(file.sha256, lie);
    expect((await a.admin.upload(file.path, `${lie}.pkg`, 'Prod')).status).toBe(201);
  }
  const [peer] = await b.admin.peers();

  // Each is asked for again after it was refused.
  for (const [lie, { sha256 }] of files) {
    await eventually(() => proxy.told(sha256) >= 2, 120_000);
    expect(await b.admin.findPackage(`${lie}.pkg`)).toMatchObject({ status: 'Downloading', sha256 });
    expect((await b.admin.download(`${lie}.pkg`)).status).toBe(503);
  }
  expect(await filesBelow(join(b.dataDir, 'blobs'))).toEqual([]);
  await eventually(async () => {
    const [state] = await b.admin.peerStates();
    expect(state).toMatchObject({ id: peer?.id, lastError: expect.stringMatching(/./) });
    expect(b.log()).toContain('a peer sent wrong bytes');
    return true;
  });

  proxy.repent();
  for (const [lie, { sha256 }] of files) {
    await becomesPublic(b, `${lie}.pkg`, sha256);
    expect(await sha256Of(await b.admin.download(`${lie}.pkg`))).toBe(sha256);
  }
  // The right chunks among the wrong ones were kept.
  await eventually(async () => {
    const { received, total } = await chunksOf(b, files.get('wrong chunk')?.sha256 ?? '');
    expect([received, total]).toEqual([21, 21]);
    return true;
  });
});

test('a peer that hangs, or is dead, delays nobody else, and catches up', async () => {
  const upload = async (name: string) => {
    const file = await installerFile(join(folder.path, name), 2 * megabyte, name);
    expect((await a.admin.upload(file.path, name, 'Prod')).status).toBe(201);
    await becomesPublic(b, name, file.sha256, 10_000);
    return file;
  };
  expect((await a.admin.register(await c.admin.about())).status).toBe(201);
  const known = await installerFile(join(folder.path, 'known.pkg'), 2 * megabyte, 'known');
  expect((await a.admin.upload(known.path, 'Known.pkg', 'Prod')).status).toBe(201);
  await becomesPublic(c, 'Known.pkg', known.sha256);

  // It still takes connections, and answers nothing.
  c.process.kill('SIGSTOP');
  const first = await upload('While C hangs.pkg');
  c.process.kill('SIGCONT');
  await becomesPublic(c, 'While C hangs.pkg', first.sha256);

  await c.kill();
  const second = await upload('While C is dead.pkg');
  c = await startServerProcess({ dataDir: c.dataDir, port: c.port });
  await becomesPublic(c, 'While C is dead.pkg', second.sha256);
});
