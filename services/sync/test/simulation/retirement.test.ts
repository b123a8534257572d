import { expect, test } from 'vitest';
import { Mesh, type MeshServer } from './mesh.ts';
import { contentOf } from './mesh-parts.ts';

/** `hub verified, east verified of 2`: a content in Prod, as a server knows it. */
async function coverageAt(server: MeshServer, word: string): Promise<string> {
  const [head] = await server.brain.statements.coverage.of([{ stage: 'Prod', sha256: contentOf(word).sha256 }]);
  const sites = (head?.sites ?? []).map(({ name, state }) => `${name} ${state}`).sort();
  return `${sites.join(', ')} of ${head?.of}`;
}

async function retirementAt(server: MeshServer, of: MeshServer) {
  const row = (await server.registration.listServers()).find(({ profile }) => profile?.iss === of.iss);
  return { retired: row?.retired, by: row?.retiredByName, reason: row?.retirement?.reason };
}

test('a server that an admin anywhere retired counts nowhere, also on servers that come later, until it lives after all', async () => {
  await using mesh = new Mesh();
  const [hub, east, west] = [await mesh.server('hub'), await mesh.server('east'), await mesh.server('west')];
  await east.register(hub);
  await west.register(hub);
  await hub.upload('x.pkg', 'x', 'Prod');
  const all = 'east verified, hub verified, west verified of 3';
  const isAt =
    (states: string, ...servers: readonly MeshServer[]) =>
    async () =>
      (await Promise.all(servers.map((server) => coverageAt(server, 'x')))).every((known) => known === states);
  await mesh.until(isAt(all, hub, east, west), 120_000);

  await west.stop();
  // East is no peer of west, and hears of it over the hub, whose peer it stays.
  await east.retire(west, 'the site was closed');
  await mesh.until(isAt('east verified, hub verified of 2', hub, east), 60_000);
  const gone = { retired: true, by: 'east', reason: 'the site was closed' };
  for (const server of [hub, east]) expect(await retirementAt(server, west)).toEqual(gone);
  const late = await mesh.server('late');
  await late.register(hub);
  await mesh.until(isAt('east verified, hub verified, late verified of 3', hub, east, late), 120_000);
  expect(await retirementAt(late, west)).toEqual(gone);

  await west.start();
  const again = 'east verified, hub verified, late verified, west verified of 4';
  await mesh.until(isAt(again, hub, east, late, west), 120_000);
  for (const server of [hub, east, late]) expect(await retirementAt(server, west)).toEqual({ ...gone, retired: false });
});
