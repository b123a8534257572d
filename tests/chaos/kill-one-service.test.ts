import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { eventually } from '@odst/testing';
import { describe, expect, test } from 'vitest';
import { sha256Of } from '../support/digest.ts';
import { installerFile } from '../support/installer-file.ts';
import { hasNginx } from '../support/reverse-proxy.ts';
import { startSeparateServer } from '../support/separate-processes.ts';
import { startServerProcess } from '../support/server-process.ts';
import { becomesPublic, twoServers } from '../support/two-servers.ts';

const megabyte = 1_048_576;

/** Whether bytes of a transfer have reached the disk. */
async function isReceiving(dataDir: string): Promise<boolean> {
  const staging = join(dataDir, 'staging');
  const files = await readdir(staging);
  const blocks = await Promise.all(files.map(async (file) => (await stat(join(staging, file))).blocks));
  return blocks.some((count) => count > 0);
}

describe.skipIf(!(await hasNginx()))('a server in separate processes', () => {
  test('goes on with a transfer by itself when one service was killed in its middle', { timeout: 180_000 }, async () => {
    await using servers = await twoServers();
    await using a = await startServerProcess(servers.a);
    await using b = await startSeparateServer(servers.b);
    const registered = await a.admin.register(await b.admin.about());
    expect(registered.status).toBe(201);

    for (const service of ['storage', 'sync', 'catalog'] as const) {
      const filename = `${service}.pkg`;
      const file = await installerFile(join(servers.path, filename), 96 * megabyte + 1, service);
      expect((await a.admin.upload(file.path, filename, 'Prod')).status).toBe(201);
      await eventually(() => isReceiving(b.dataDir), 20_000);
      await b.killService(service);
      if (service === 'storage') expect(await b.admin.findPackage(filename)).toMatchObject({ status: 'Downloading' });
      await b.startService(service);
      await becomesPublic(b, filename, file.sha256);
      expect(await sha256Of(await b.admin.download(filename))).toBe(file.sha256);
    }
  });
});
