import { join } from 'node:path';
import { freePort, temporaryDirectory } from '@odst/testing';
import { expect, test } from 'vitest';
import { installerFile } from '../support/installer-file.ts';
import { startServerProcess } from '../support/server-process.ts';
import { startFederation, twoServers } from '../support/two-servers.ts';

const rounds = 10;

test('whoever got an answer finds what was written at the next request', async () => {
  await using folder = await temporaryDirectory();
  await using server = await startServerProcess({ dataDir: join(folder.path, 'data'), port: await freePort() });
  const { admin } = server;
  const stages = ['Dev', 'Test', 'Prod'] as const;
  for (let round = 0; round < rounds; round += 1) {
    const name = `Name ${round}`;
    expect((await admin.updateAbout({ name })).status).toBe(201);
    expect((await admin.about()).name).toBe(name);

    const filename = `Package-${round}.pkg`;
    const file = await installerFile(join(folder.path, filename), 10_000 + round, filename);
    expect((await admin.upload(file.path, filename, 'Test')).status).toBe(201);
    const row = await admin.findPackage(filename);
    expect(row).toMatchObject({ filename, stage: 'Test', status: 'Public', sha256: file.sha256 });
    expect(await admin.package(filename)).toMatchObject({ id: row?.id, sha1: file.sha1 });

    const stage = stages[round % stages.length] ?? 'Dev';
    if (stage !== 'Test') expect((await admin.changeStage(row?.id ?? 0, stage)).status).toBe(200);
    expect(await admin.findPackage(filename)).toMatchObject({ stage });
  }
  expect((await admin.packages()).map(({ id }) => id)).toEqual(Array.from({ length: rounds }, (_, index) => index + 1));
});

test('a peer is listed right after it was registered, and gone right after it was removed', async () => {
  await using options = await twoServers();
  const { a, b } = await startFederation(options);
  await using _a = a;
  await using _b = b;
  expect(await a.admin.peers()).toMatchObject([{ name: 'B' }]);
  expect((await a.admin.send('/api/v1/peers/1', { method: 'DELETE' })).status).toBe(204);
  expect(await a.admin.peers()).toEqual([]);
});
