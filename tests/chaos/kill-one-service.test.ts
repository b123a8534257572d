import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { eventually, freePort } from '@odst/testing';
import { describe, expect, test } from 'vitest';
import { sha256Of } from '../support/digest.ts';
import { startGatedProxy } from '../support/gated-proxy.ts';
import { installerFile } from '../support/installer-file.ts';
import { hasNginx } from '../support/reverse-proxy.ts';
import { startSeparateServer } from '../support/separate-processes.ts';
import { startServerProcess } from '../support/server-process.ts';
import { becomesPublic, twoServers } from '../support/two-servers.ts';

const megabyte = 1_048_576;

/** Whether bytes of a transfer have reached the disk, and the file is not whole yet. */
async function isReceiving(staging: string): Promise<boolean> {
  const blocks = await Promise.all(
    (await readdir(staging)).map(async (file) => {
      // It may have become whole, and been moved, since the folder was read.
      const found = await stat(join(staging, file)).catch(() => undefined);
      return found?.blocks ?? 0;
    }),
  );
  return blocks.some((count) => count > 0);
}

describe.skipIf(!(await hasNginx()))('a server in separate processes', () => {
  test('goes on with a transfer by itself when one service was killed in its middle', async () => {
    await using servers = await twoServers();
    // What comes from A is held back in the middle until a service was killed.
    const port = await freePort();
    await using gate = await startGatedProxy(port);
    await using a = await startServerProcess({ ...servers.a, port, env: { ...servers.a.env, ODST_PUBLIC_URL: gate.url } });
    await using b = await startSeparateServer(servers.b);
    const registered = await a.admin.register(await b.admin.about());
    expect(registered.status).toBe(201);

    for (const service of ['storage', 'sync', 'catalog'] as const) {
      const filename = `${service}.pkg`;
      const file = await installerFile(join(servers.path, filename), 96 * megabyte + 1, service);
      gate.shut();
      gate.allow(32 * megabyte);
      expect((await a.admin.upload(file.path, filename, 'Prod')).status).toBe(201);
      await eventually(() => isReceiving(join(b.dataDir, 'staging')), 120_000);
      await b.killService(service);
      gate.allow(1e12);
      if (service === 'storage') expect(await b.admin.findPackage(filename)).toMatchObject({ status: 'Downloading' });
      await b.startService(service);
      await becomesPublic(b, filename, file.sha256);
      expect(await sha256Of(await b.admin.download(filename))).toBe(file.sha256);
    }
  });
});
