import { join } from 'node:path';
import { eventually } from '@odst/testing';
import { expect, test } from 'vitest';
import { sha256Of } from '../support/digest.ts';
import { installerFile } from '../support/installer-file.ts';
import { type ServerProcess, startServerProcess } from '../support/server-process.ts';
import { becomesPublic, startFederation, twoServers } from '../support/two-servers.ts';

const megabyte = 1_048_576;

test('a peer that was down the whole time catches up', async () => {
  await using servers = await twoServers();
  const { a, b: early } = await startFederation(servers);
  await using _a = a;
  await early.stop();
  const files = await Promise.all(
    ['one', 'two', 'three'].map((name) => installerFile(join(servers.path, `${name}.pkg`), 2 * megabyte + 1, name)),
  );
  for (const [index, file] of files.entries())
    expect((await a.admin.upload(file.path, `File-${index}.pkg`, 'Prod')).status).toBe(201);
  await eventually(async () => (await a.admin.peerStates())[0]?.['state'] === 'offline', 120_000);

  await using b = await startServerProcess(servers.b);
  for (const [index, file] of files.entries()) await becomesPublic(b, `File-${index}.pkg`, file.sha256);
  await eventually(async () => (await a.admin.peerStates())[0]?.['state'] === 'online', 120_000);
});

test('servers whose clocks are 10 minutes apart work, and say so', async () => {
  await using servers = await twoServers({
    b: { main: 'tests/federation/skewed-main.ts', env: { ODST_TEST_CLOCK_OFFSET_MS: '600000' } },
  });
  const { a, b } = await startFederation(servers);
  await using _a = a;
  await using _b = b;
  const [there, back] = [
    await installerFile(join(servers.path, 'there.pkg'), megabyte + 1, 'there'),
    await installerFile(join(servers.path, 'back.pkg'), megabyte - 1, 'back'),
  ];
  expect((await a.admin.upload(there.path, 'There.pkg', 'Prod')).status).toBe(201);
  const uploadedAfter = Date.now();
  expect((await b.admin.upload(back.path, 'Back.pkg', 'Prod')).status).toBe(201);
  const uploadedBefore = Date.now();
  await becomesPublic(b, 'There.pkg', there.sha256);
  await becomesPublic(a, 'Back.pkg', back.sha256);
  // An answer that took its time says a little less; the next one says it anew.
  await eventually(async () => {
    const [peer] = await a.admin.peerStates();
    expect(Math.round(Number(peer?.['clockOffsetMs']) / 60_000)).toBe(10);
    expect(peer?.['warnings']).toContainEqual(expect.stringMatching(/clocks differ by (599|600|601) s/));
    return true;
  }, 120_000);

  // The date of a content is its author's: one that lies ahead is not told, nor does it hide what comes after it.
  const dateAt = async ({ admin }: Pick<ServerProcess, 'admin'>) =>
    (await admin.download('Back.pkg')).headers.get('last-modified');
  const date = String(await dateAt(b));
  // Whole seconds.
  expect(Date.parse(date) - 600_000).toBeGreaterThan(uploadedAfter - 1_000);
  expect(Date.parse(date) - 600_000).toBeLessThanOrEqual(uploadedBefore);
  expect(await dateAt(a)).toBeNull();
  expect((await a.admin.upload(there.path, 'Back.pkg', 'Prod', { replace: true })).status).toBe(201);
  await becomesPublic(b, 'Back.pkg', there.sha256);
  for (const { admin } of [a, b]) expect((await admin.download('Back.pkg', { 'if-modified-since': date })).status).toBe(200);
  const next = await eventually(() => dateAt(b));
  expect([Date.parse(next) - Date.parse(date), await dateAt(a)]).toEqual([1_000, null]);
});

test('servers whose clocks come apart after they met go on as before', async () => {
  await using servers = await twoServers();
  const { a, b: before } = await startFederation(servers);
  await using _a = a;
  await before.stop();
  const skewed = { main: 'tests/federation/skewed-main.ts', env: { ...servers.b.env, ODST_TEST_CLOCK_OFFSET_MS: '600000' } };
  await using b = await startServerProcess({ ...servers.b, ...skewed });
  const [there, back] = [
    await installerFile(join(servers.path, 'there.pkg'), megabyte + 1, 'there'),
    await installerFile(join(servers.path, 'back.pkg'), megabyte - 1, 'back'),
  ];
  expect((await a.admin.upload(there.path, 'There.pkg', 'Prod')).status).toBe(201);
  expect((await b.admin.upload(back.path, 'Back.pkg', 'Prod')).status).toBe(201);
  await becomesPublic(b, 'There.pkg', there.sha256);
  await becomesPublic(a, 'Back.pkg', back.sha256);
  await eventually(async () => {
    const offsets = await Promise.all([a, b].map(async ({ admin }) => Number((await admin.peerStates())[0]?.['clockOffsetMs'])));
    expect(offsets.map((offsetMs) => Math.round(offsetMs / 60_000))).toEqual([10, -10]);
    return true;
  }, 120_000);
});

test('a server fetches what its stage admits, and the rest when it is promoted', async () => {
  await using servers = await twoServers({ b: { env: { ODST_STAGE: 'Prod' } } });
  const { a, b } = await startFederation(servers);
  await using _a = a;
  await using _b = b;
  const dev = await installerFile(join(servers.path, 'dev.pkg'), megabyte, 'dev');
  const prod = await installerFile(join(servers.path, 'prod.pkg'), megabyte, 'prod');
  expect((await a.admin.upload(dev.path, 'Dev.pkg', 'Dev')).status).toBe(201);
  expect((await a.admin.upload(prod.path, 'Prod.pkg', 'Prod')).status).toBe(201);
  await becomesPublic(b, 'Prod.pkg', prod.sha256);
  expect(await b.admin.findPackage('Dev.pkg')).toBeUndefined();
  expect((await b.admin.download('Dev.pkg')).status).toBe(404);

  const row = await a.admin.findPackage('Dev.pkg');
  expect((await a.admin.changeStage(row?.id ?? 0, 'Prod')).status).toBe(200);
  await becomesPublic(b, 'Dev.pkg', dev.sha256);
  expect(await sha256Of(await b.admin.download('Dev.pkg'))).toBe(dev.sha256);
});
