import { cp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { eventually, freePort, temporaryDirectory } from '@odst/testing';
import { expect, test } from 'vitest';
import { installerFile } from '../support/installer-file.ts';
import { startServerProcess } from '../support/server-process.ts';
import { becomesPublic } from '../support/two-servers.ts';

type Peer = { readonly name: string; readonly restoredAt: string | null };

test('a server that is restored from a backup has back what peers hold, and hides nothing of what it makes then', async () => {
  await using folder = await temporaryDirectory();
  const optionsOfA = { dataDir: join(folder.path, 'a'), port: await freePort(), env: { ODST_NAME: 'A' } };
  const backup = join(folder.path, 'backup');
  await using b = await startServerProcess({ dataDir: join(folder.path, 'b'), port: await freePort(), env: { ODST_NAME: 'B' } });
  const file = (name: string) => installerFile(join(folder.path, name), 2_000_000, name);
  const [first, lost, lostToo, later] = [await file('1.pkg'), await file('2.pkg'), await file('3.pkg'), await file('4.pkg')];
  const restoredAt = async () => {
    const answer = await b.admin.send('/api/v1/peers');
    return ((await answer.json()) as { readonly items: readonly Peer[] }).items[0]?.restoredAt;
  };

  let a = await startServerProcess(optionsOfA);
  expect((await a.admin.register(await b.admin.about())).status).toBe(201);
  expect((await a.admin.upload(first.path, 'First.pkg', 'Prod')).status).toBe(201);
  await becomesPublic(b, 'First.pkg', first.sha256);
  expect(await a.stop()).toBe(0);
  await cp(optionsOfA.dataDir, backup, { recursive: true });

  a = await startServerProcess(optionsOfA);
  expect((await a.admin.upload(lost.path, 'Lost.pkg', 'Prod')).status).toBe(201);
  expect((await a.admin.upload(lostToo.path, 'Lost too.pkg', 'Prod')).status).toBe(201);
  await becomesPublic(b, 'Lost.pkg', lost.sha256);
  await becomesPublic(b, 'Lost too.pkg', lostToo.sha256);
  expect(await restoredAt()).toBeNull();
  expect(await a.stop()).toBe(0);
  await rm(optionsOfA.dataDir, { recursive: true });
  await cp(backup, optionsOfA.dataDir, { recursive: true });

  a = await startServerProcess(optionsOfA);
  // Its feed has given fewer positions than B has read.
  expect((await a.admin.upload(later.path, 'Later.pkg', 'Prod')).status).toBe(201);
  await becomesPublic(b, 'Later.pkg', later.sha256);
  await becomesPublic(a, 'Lost.pkg', lost.sha256);
  await becomesPublic(a, 'Lost too.pkg', lostToo.sha256);
  await eventually(async () => typeof (await restoredAt()) === 'string', 60_000);
  await a.stop();
});
