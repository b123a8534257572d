import { readdir, stat, watch } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { sha256Of } from '../support/digest.ts';
import { installerFile } from '../support/installer-file.ts';
import { hasNginx } from '../support/reverse-proxy.ts';
import { type SeparateServer, type Service, startSeparateServer } from '../support/separate-processes.ts';
import { type ServerProcess, startServerProcess } from '../support/server-process.ts';
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

/** Resolves when the first bytes of a transfer are there. A poll could sleep through a whole transfer. */
async function receives(dataDir: string): Promise<void> {
  const staging = join(dataDir, 'staging');
  for await (const _change of watch(staging, { signal: AbortSignal.timeout(30_000) })) if (await isReceiving(staging)) return;
}

/** Kills a service of the receiver once bytes have come, while the sender stands still: it is in the middle of the transfer. */
async function killInTheMiddle(sender: ServerProcess, receiver: SeparateServer, service: Service): Promise<void> {
  sender.process.kill('SIGSTOP');
  try {
    expect(await isReceiving(join(receiver.dataDir, 'staging'))).toBe(true);
    await receiver.killService(service);
  } finally {
    sender.process.kill('SIGCONT');
  }
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
      const killed = receives(b.dataDir).then(() => killInTheMiddle(a, b, service));
      expect((await a.admin.upload(file.path, filename, 'Prod')).status).toBe(201);
      await killed;
      if (service === 'storage') expect(await b.admin.findPackage(filename)).toMatchObject({ status: 'Downloading' });
      await b.startService(service);
      await becomesPublic(b, filename, file.sha256);
      expect(await sha256Of(await b.admin.download(filename))).toBe(file.sha256);
    }
  });
});
