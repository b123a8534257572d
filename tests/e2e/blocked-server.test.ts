import { join } from 'node:path';
import { eventually, freePort, temporaryDirectory } from '@odst/testing';
import { expect, test } from 'vitest';
import { installerFile } from '../support/installer-file.ts';
import { type Server, type ServerOptions, type ServerProcess, startServerProcess } from '../support/server-process.ts';
import { becomesPublic } from '../support/two-servers.ts';

type Row = Readonly<Record<string, unknown>>;

async function json<T = Row>({ admin }: Pick<Server, 'admin'>, method: string, path: string, body?: object): Promise<T> {
  const content = body === undefined ? {} : { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } };
  const answer = await admin.send(path, { method, ...content });
  if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${await answer.text()}`);
  return (await answer.json()) as T;
}

const serversOf = async (server: Server) => (await json<{ items: readonly Row[] }>(server, 'GET', '/api/v1/servers')).items;
const knownAs = async (server: Server, name: string) => (await serversOf(server)).find((one) => one['name'] === name);
const peerNames = async ({ admin }: Server) => (await admin.peers()).map(({ name }) => name);

const optionsOf = (folder: string, name: string, port: number): ServerOptions => {
  return { dataDir: join(folder, name), port, env: { ODST_NAME: name } };
};

async function startThree(folder: string): Promise<{ hub: ServerProcess; north: ServerProcess; south: ServerProcess }> {
  const start = async (name: string) => startServerProcess(optionsOf(folder, name, await freePort()));
  const [hub, north, south] = await Promise.all([start('Hub'), start('North'), start('South')]);
  for (const spoke of [north, south]) expect((await spoke.admin.register(await hub.admin.about())).status).toBe(201);
  return { hub, north, south };
}

/** What a registration is refused with. */
async function refusal(from: Server, to: Parameters<Server['admin']['register']>[0]): Promise<Row> {
  const answer = await from.admin.register(to);
  return { status: answer.status, ...((await answer.json()) as Row) };
}

test('a peer that is blocked gets and gives nothing, from the moment on, until it is unblocked and registered again', async () => {
  await using folder = await temporaryDirectory();
  const { hub, north: early, south } = await startThree(folder.path);
  await using _hub = hub;
  await using _early = early;
  await using _south = south;
  const file = (name: string) => installerFile(join(folder.path, `${name}.pkg`), 2_000_000, name);
  const [before, meanwhile, proof] = [await file('before'), await file('meanwhile'), await file('proof')];
  expect((await early.admin.upload(before.path, 'Before.pkg', 'Prod')).status).toBe(201);
  for (const server of [hub, south]) await becomesPublic(server, 'Before.pkg', before.sha256);
  const [aboutHub, aboutNorth] = [await hub.admin.about(), await early.admin.about()];
  const block = `/api/v1/servers/${aboutNorth.iss}/block`;

  // A dry run changes nothing.
  const would = { unregistered: true, peerTold: false, keyChanged: true };
  expect(await json(hub, 'POST', `${block}?dryRun=true`)).toMatchObject({ ...would, done: false });
  expect((await hub.admin.about()).key).toBe(aboutHub.key);
  expect(await peerNames(hub)).toEqual(['North', 'South']);

  // It is away and cannot be told, so it comes back as a peer would.
  await early.stop();
  expect(await json(hub, 'POST', block)).toMatchObject({ ...would, done: true, server: { name: 'North', blocked: true } });
  await using north = await startServerProcess(optionsOf(folder.path, 'North', early.port));
  const key = (await hub.admin.about()).key;
  expect(key).not.toBe(aboutHub.key);
  expect(await peerNames(hub)).toEqual(['South']);
  expect(await knownAs(hub, 'North')).toMatchObject({ relation: 'former', blocked: true, blockedSince: expect.any(String) });

  // Its requests are refused, and it is told why.
  const lastError = async () => String((await north.admin.peerStates())[0]?.['lastError']);
  await eventually(async () => (await lastError()).includes('blocked'), 60_000);
  expect((await north.admin.upload(meanwhile.path, 'Meanwhile.pkg', 'Prod')).status).toBe(201);
  expect((await south.admin.upload(proof.path, 'Proof.pkg', 'Prod')).status).toBe(201);
  await becomesPublic(hub, 'Proof.pkg', proof.sha256);
  expect(await hub.admin.findPackage('Meanwhile.pkg')).toBeUndefined();
  expect(await north.admin.findPackage('Proof.pkg')).toBeUndefined();
  expect(await hub.admin.findPackage('Before.pkg')).toMatchObject({ status: 'Public', sha256: before.sha256 });

  // So is its registration, with either Key and from either side.
  expect(await refusal(north, aboutHub)).toMatchObject({ status: 422, code: 'REGISTRATION_PEER_REFUSED' });
  const refused = { status: 422, code: 'REGISTRATION_PEER_REFUSED', detail: expect.stringContaining('is blocked here') };
  expect(await refusal(north, { ...aboutHub, key })).toMatchObject(refused);
  expect(await refusal(hub, aboutNorth)).toMatchObject({ status: 403, code: 'REGISTRATION_SERVER_BLOCKED' });

  const unblocked = { blocked: false, blockedSince: null };
  for (const wasBlocked of [true, false])
    expect(await json(hub, 'POST', `/api/v1/servers/${aboutNorth.iss}/unblock`)).toMatchObject({ server: unblocked, wasBlocked });
  expect((await north.admin.register({ ...aboutHub, key })).status).toBe(201);
  await becomesPublic(hub, 'Meanwhile.pkg', meanwhile.sha256);
  await becomesPublic(north, 'Proof.pkg', proof.sha256);
  await becomesPublic(south, 'Meanwhile.pkg', meanwhile.sha256);

  await eventually(async () => {
    const types = (await hub.admin.events()).items.map(({ type }) => type.split('.').at(-2));
    for (const type of ['KeyRotated', 'ServerBlocked', 'ServerUnblocked'])
      expect(types.filter((one) => one === type)).toHaveLength(1);
    return true;
  });
});

test('what is taken from a peer is changed, shown and kept', async () => {
  await using folder = await temporaryDirectory();
  const { hub, north, south } = await startThree(folder.path);
  await using _hub = hub;
  await using _north = north;
  await using _south = south;
  await eventually(async () => (await knownAs(north, 'South'))?.['relation'] === 'introduced', 60_000);
  const [peer] = (await json<{ items: readonly Row[] }>(north, 'GET', '/api/v1/peers')).items;
  expect(peer).toMatchObject({ name: 'Hub', stageCap: 'Prod', introduces: true });
  const path = `/api/v1/peers/${peer?.['id']}`;
  const changed = { stageCap: 'Test', introduces: false };
  expect(await json(north, 'PATCH', path, changed)).toMatchObject({ name: 'Hub', ...changed });
  expect(await json(north, 'GET', path)).toMatchObject(changed);

  // A server that comes to the hub later stays unknown here, while the hub itself is heard of.
  await using east = await startServerProcess(optionsOf(folder.path, 'East', await freePort()));
  expect((await east.admin.register(await hub.admin.about())).status).toBe(201);
  await eventually(async () => (await knownAs(south, 'East'))?.['relation'] === 'introduced', 60_000);
  expect((await hub.admin.updateAbout({ name: 'Centre' })).status).toBe(201);
  await eventually(async () => (await knownAs(north, 'Centre')) !== undefined, 60_000);
  expect(await knownAs(north, 'East')).toBeUndefined();
  await json(north, 'PATCH', path, { introduces: true });
  await eventually(async () => (await knownAs(north, 'East'))?.['relation'] === 'introduced', 60_000);

  // Unregistered on both sides, and blocked by the same call.
  expect((await north.admin.send(`${path}?block=true`, { method: 'DELETE' })).status).toBe(204);
  expect(await knownAs(north, 'Centre')).toMatchObject({ relation: 'former', blocked: true });
  await eventually(async () => (await peerNames(hub)).join() === 'South,East');
  expect((await north.admin.send(path)).status).toBe(404);
});
