import { join } from 'node:path';
import { eventually, freePort, temporaryDirectory } from '@odst/testing';
import { expect, test } from 'vitest';
import { installerFile } from '../support/installer-file.ts';
import { type Server, startServerProcess } from '../support/server-process.ts';
import { becomesPublic } from '../support/two-servers.ts';

type Known = { readonly iss: string; readonly name: string; readonly relation: string; readonly introducedBy: string | null };

async function serversOf({ admin }: Server): Promise<readonly Known[]> {
  const answer = await admin.send('/api/v1/servers');
  expect(answer.status).toBe(200);
  return ((await answer.json()) as { readonly items: readonly Known[] }).items;
}

const namesOf = async (server: Server) => (await serversOf(server)).map(({ name, relation }) => `${name} ${relation}`);

test('spokes that know only their hub have what the others upload, and know who made it', async () => {
  await using folder = await temporaryDirectory();
  const start = async (name: string) =>
    startServerProcess({ dataDir: join(folder.path, name), port: await freePort(), env: { ODST_NAME: name } });
  await using hub = await start('Hub');
  await using north = await start('North');
  await using south = await start('South');
  const early = await installerFile(join(folder.path, 'early.pkg'), 3_000_000, 'early');
  const late = await installerFile(join(folder.path, 'late.pkg'), 5_000_000, 'late');

  // Before the spoke ever met the hub: the hub is told of it with what it made.
  expect((await north.admin.upload(early.path, 'Early.pkg', 'Prod')).status).toBe(201);
  for (const spoke of [north, south]) expect((await spoke.admin.register(await hub.admin.about())).status).toBe(201);
  await becomesPublic(south, 'Early.pkg', early.sha256);
  expect((await south.admin.upload(late.path, 'Late.pkg', 'Prod')).status).toBe(201);
  await becomesPublic(north, 'Late.pkg', late.sha256);

  await eventually(async () => (await namesOf(north)).join() === 'North self,Hub peer,South introduced');
  await eventually(async () => (await namesOf(south)).join() === 'South self,Hub peer,North introduced');
  const { iss } = await hub.admin.about();
  expect((await serversOf(north)).find(({ name }) => name === 'South')?.introducedBy).toBe(iss);
  expect(await north.admin.peers()).toHaveLength(1);

  // What a server says of itself travels as what it makes does.
  expect((await south.admin.updateAbout({ name: 'Süd' })).status).toBe(201);
  await eventually(async () => (await namesOf(north)).includes('Süd introduced'), 60_000);
});
