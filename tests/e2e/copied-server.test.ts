import { cp } from 'node:fs/promises';
import { join } from 'node:path';
import { eventually, freePort, temporaryDirectory } from '@odst/testing';
import { expect, test } from 'vitest';
import { installerFile } from '../support/installer-file.ts';
import { type Server, startServerProcess } from '../support/server-process.ts';
import { becomesPublic } from '../support/two-servers.ts';

type Peer = { readonly name: string; readonly state: string; readonly lastError: string | null };

const peersOf = async ({ admin }: Server) =>
  ((await (await admin.send('/api/v1/peers')).json()) as { readonly items: readonly Peer[] }).items;

test('a copy of a server that is started beside it is noticed, and goes on with an identity of its own', async () => {
  await using folder = await temporaryDirectory();
  const start = async (name: string, env: Record<string, string> = {}) =>
    startServerProcess({ dataDir: join(folder.path, name), port: await freePort(), env: { ODST_NAME: name, ...env } });
  await using b = await start('B');
  const first = await installerFile(join(folder.path, 'first.pkg'), 2_000_000, 'first');
  const second = await installerFile(join(folder.path, 'second.pkg'), 2_000_000, 'second');
  const port = await freePort();
  const original = { dataDir: join(folder.path, 'A'), port, env: { ODST_NAME: 'A' } };
  const before = await startServerProcess(original);
  expect((await before.admin.upload(first.path, 'First.pkg', 'Prod')).status).toBe(201);
  expect((await before.admin.register(await b.admin.about())).status).toBe(201);
  await becomesPublic(b, 'First.pkg', first.sha256);
  expect(await before.stop()).toBe(0);
  await cp(original.dataDir, join(folder.path, 'copy'), { recursive: true });

  await using a = await startServerProcess(original);
  let copy = await start('copy');
  expect((await copy.admin.about()).iss).toBe((await a.admin.about()).iss);
  // Both read B, and each change there has both ask again.
  let changes = 0;
  const reason = await eventually(async () => {
    changes += 1;
    await b.admin.updateAbout({ name: `B ${changes}` });
    return (await peersOf(a)).find(({ lastError }) => lastError?.includes('two live servers'))?.lastError;
  }, 180_000);
  expect(reason).toContain('odst identity new');

  const { iss } = await copy.admin.about();
  const send = (query: string) => copy.admin.send(`/api/v1/identity${query}`, { method: 'POST' });
  expect(await (await send('?dryRun=true')).json()).toMatchObject({
    iss,
    peers: [expect.stringContaining('B')],
    atNextStart: false,
  });
  expect(await (await send('')).json()).toMatchObject({ iss, atNextStart: true });
  expect(await copy.stop()).toBe(0);

  copy = await start('copy');
  expect((await copy.admin.about()).iss).not.toBe(iss);
  expect(await copy.admin.peers()).toEqual([]);
  expect(await copy.admin.findPackage('First.pkg')).toMatchObject({ status: 'Public' });
  expect((await copy.admin.updateAbout({ name: 'Copy', url: copy.url })).status).toBe(201);
  expect((await copy.admin.register(await b.admin.about())).status).toBe(201);
  expect((await copy.admin.upload(second.path, 'Second.pkg', 'Prod')).status).toBe(201);
  await becomesPublic(b, 'Second.pkg', second.sha256);
  await copy.stop();
});
