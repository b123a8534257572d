import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { eventually } from '@odst/testing';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { sha256Of } from '../support/digest.ts';
import { installerFile } from '../support/installer-file.ts';
import { type ServerProcess, startServerProcess } from '../support/server-process.ts';
import { becomesPublic, startFederation, twoServers } from '../support/two-servers.ts';

const megabyte = 1_048_576;

/** Every chunk that an event names was received once: the counts of all `ChunkVerified` events add up to the blob's chunks. */
async function expectNoChunkTwice(server: ServerProcess, sha256: string): Promise<void> {
  const { items } = await server.admin.events('0', 1_000);
  const groups = items.filter(({ type, data }) => type.includes('ChunkVerified') && data['blob'] === sha256);
  const counted = groups.reduce((sum, { data }) => sum + Number(data['count']), 0);
  expect(counted).toBe(Number(groups[0]?.data['totalCount']));
}

describe('the receiver', () => {
  let servers: Awaited<ReturnType<typeof twoServers>>;
  let a: ServerProcess;
  let b: ServerProcess;

  beforeAll(async () => {
    servers = await twoServers();
    ({ a, b } = await startFederation(servers));
  });

  afterAll(async () => {
    await Promise.all([a?.stop(), b?.stop()]);
    await servers?.[Symbol.asyncDispose]();
  });

  test.each([
    'storage.appended.BlobFetchStarted',
    'storage.appended.ChunkVerified',
    'storage.chunk-group',
    'storage.renamed',
    'storage.appended.BlobVerified',
  ])('killed at %s goes on by itself and fetches no verified chunk again', async (point) => {
    const name = `${point}.pkg`;
    const file = await installerFile(join(servers.path, name), 140 * megabyte + 5, point);
    await b.stop();
    const doomed = await startServerProcess({
      ...servers.b,
      main: 'tests/chaos/crashing-main.ts',
      env: { ODST_TEST_CRASH_AT: point },
    });
    expect((await a.admin.upload(file.path, name, 'Prod')).status).toBe(201);
    expect(await doomed.exited).toBeNull();
    b = await startServerProcess(servers.b);
    await becomesPublic(b, name, file.sha256);
    expect(await sha256Of(await b.admin.download(name))).toBe(file.sha256);
    await eventually(async () => {
      await expectNoChunkTwice(b, file.sha256);
      return true;
    });
  });
});

test('either server killed at ten random moments loses nothing and serves nothing half', { timeout: 900_000 }, async () => {
  await using servers = await twoServers();
  const file = await installerFile(join(servers.path, 'file.pkg'), 200 * megabyte, 'random');
  let { a, b } = await startFederation(servers);
  expect((await a.admin.upload(file.path, 'File.pkg', 'Prod')).status).toBe(201);
  for (let kill = 0; kill < 10; kill += 1) {
    // Chance is the point here: each run hits other moments.
    await delay(Math.random() * 1_200);
    if (kill % 2 === 0) {
      await b.kill();
      b = await startServerProcess(servers.b);
      const download = await b.admin.download('File.pkg');
      if (download.status === 200) expect(await sha256Of(download)).toBe(file.sha256);
      else expect([404, 503]).toContain(download.status);
    } else {
      await a.kill();
      a = await startServerProcess(servers.a);
      expect(await sha256Of(await a.admin.download('File.pkg'))).toBe(file.sha256);
    }
  }
  await using _a = a;
  await using _b = b;
  await becomesPublic(b, 'File.pkg', file.sha256);
  expect(await sha256Of(await b.admin.download('File.pkg'))).toBe(file.sha256);
});
