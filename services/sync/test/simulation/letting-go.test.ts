import { expect, test } from 'vitest';
import { Mesh, type MeshServer } from './mesh.ts';
import { contentOf } from './mesh-parts.ts';

const { sha256 } = contentOf('tool');
const serves = async (server: MeshServer) => (await server.served('x.pkg')) === sha256;
const stateOf = async (server: MeshServer) => {
  const found = await server.find('x.pkg');
  return { leaving: found?.leaving.length, letGo: found?.letGo.map(({ holderName }) => holderName) };
};

test('a Prod site keeps what was demoted until a Dev site holds it, and says which one', async () => {
  await using mesh = new Mesh();
  const [hub, berlin, lab] = [await mesh.server('hub'), await mesh.server('berlin'), await mesh.server('lab', 'Dev')];
  for (const server of [berlin, lab]) await server.register(hub);
  lab.cut(true);
  await hub.upload('x.pkg', 'tool', 'Prod');
  await mesh.until(() => serves(berlin), 10_000);
  await hub.act('x.pkg', 'demote', { to: 'Dev' });
  await mesh.until(async () => (await stateOf(berlin)).leaving === 1, 10_000);
  await mesh.time.pass(600_000);
  expect([await serves(berlin), await stateOf(berlin)]).toEqual([true, { leaving: 1, letGo: [] }]);
  lab.cut(false);
  await mesh.until(async () => !(await serves(berlin)), 300_000);
  expect(await serves(lab)).toBe(true);
  expect(await stateOf(berlin)).toEqual({ leaving: 0, letGo: ['lab'] });
  // It was uploaded there.
  expect([await serves(hub), await stateOf(hub)]).toEqual([true, { leaving: 0, letGo: [] }]);
  await hub.act('x.pkg', 'promote', { to: 'Prod' });
  await mesh.until(() => serves(berlin), 10_000);
  expect(await stateOf(berlin)).toEqual({ leaving: 0, letGo: [] });
});

test('a Dev site that holds it and is silent does not count, nor does one that is blocked', async () => {
  await using mesh = new Mesh();
  const [hub, berlin, lab] = [await mesh.server('hub'), await mesh.server('berlin'), await mesh.server('lab', 'Dev')];
  for (const server of [berlin, lab]) await server.register(hub);
  await hub.upload('x.pkg', 'tool', 'Prod');
  await mesh.until(async () => (await serves(berlin)) && (await serves(lab)), 10_000);
  await mesh.time.pass(60_000);
  await lab.stop();
  await hub.act('x.pkg', 'demote', { to: 'Dev' });
  await mesh.time.pass(300_000);
  expect([await serves(berlin), await stateOf(berlin)]).toEqual([true, { leaving: 1, letGo: [] }]);
  await lab.start();
  await mesh.until(async () => !(await serves(berlin)), 300_000);
  expect(await stateOf(berlin)).toEqual({ leaving: 0, letGo: ['lab'] });
});

test('of two Dev sites that both become Prod at one moment neither lets go because of the other', async () => {
  await using mesh = new Mesh();
  const [origin, one, other] = [await mesh.server('origin'), await mesh.server('one', 'Dev'), await mesh.server('other', 'Dev')];
  for (const server of [one, other]) await server.register(origin);
  await origin.upload('x.pkg', 'tool', 'Dev');
  await mesh.until(async () => (await serves(one)) && (await serves(other)), 10_000);
  await mesh.time.pass(90_000);
  await Promise.all([one.become('Prod'), other.become('Prod')]);
  await mesh.time.pass(600_000);
  for (const server of [one, other])
    expect([await serves(server), await stateOf(server)]).toEqual([true, { leaving: 1, letGo: [] }]);
  const lab = await mesh.server('lab', 'Dev');
  await lab.register(origin);
  await mesh.until(async () => !(await serves(one)) && !(await serves(other)), 300_000);
  expect([await serves(lab), (await stateOf(one)).letGo, (await stateOf(other)).letGo]).toEqual([true, ['lab'], ['lab']]);
});

test('nor where the profiles reach them a minute and a half after the heartbeats, as the bus of the server between them is down', async () => {
  await using mesh = new Mesh();
  const [hub, one, other] = [await mesh.server('hub'), await mesh.server('one', 'Dev'), await mesh.server('other', 'Dev')];
  for (const server of [one, other]) await server.register(hub);
  await hub.upload('x.pkg', 'tool', 'Dev');
  await mesh.until(async () => (await serves(one)) && (await serves(other)), 10_000);
  await mesh.time.pass(90_000);
  hub.faults.busIsDown = true;
  await Promise.all([one.become('Prod'), other.become('Prod')]);
  await mesh.time.pass(90_000);
  hub.faults.busIsDown = false;
  await hub.become('Prod');
  await mesh.time.pass(600_000);
  for (const server of [one, other])
    expect([await serves(server), await stateOf(server)]).toEqual([true, { leaving: 1, letGo: [] }]);
});
