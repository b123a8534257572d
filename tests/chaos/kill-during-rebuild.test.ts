import { join } from 'node:path';
import { eventually, freePort, type TemporaryDirectory, temporaryDirectory } from '@odst/testing';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { installerFile } from '../support/installer-file.ts';
import { askRebuild, databaseOf, projectionsOf, rebuild } from '../support/projections.ts';
import { type ServerOptions, type ServerProcess, startServerProcess } from '../support/server-process.ts';

/** Where the server dies, and what its rebuild has come to. */
const points = [
  ['projections.rebuild-begun', 'interrupted'],
  ['projections.rebuild-filled', 'interrupted'],
  ['projections.rebuild-switching', 'interrupted'],
  ['projections.rebuild-switched', 'done'],
] as const;

let folder: TemporaryDirectory;
let options: ServerOptions;

beforeAll(async () => {
  folder = await temporaryDirectory();
  options = { dataDir: join(folder.path, 'data'), port: await freePort() };
  await using server = await startServerProcess(options);
  for (const name of ['One.pkg', 'Two.pkg', 'Three.pkg']) {
    const file = await installerFile(join(folder.path, name), 70_000, name);
    expect((await server.admin.upload(file.path, name, 'Dev')).status).toBe(201);
    const { id } = await server.admin.package(name);
    expect((await server.admin.changeStage(id, 'Prod')).status).toBe(200);
  }
  // An upload is answered before its manifest is made: a change that lacks it has a seal of its own to come.
  await eventually(async () => {
    const { items } = await server.admin.events();
    const of = (name: string) => items.filter(({ type }) => type.includes(name));
    const unsealed = items.filter(({ data }) => JSON.stringify(data['change'] ?? null).includes('"manifestDigest":""'));
    return of('PackagePromoted').length === 3 && of('PackageSealed').length === unsealed.length;
  }, 120_000);
});

afterAll(async () => {
  await folder?.[Symbol.asyncDispose]();
});

/** The database once nothing comes any more of what was done before. */
const settledDatabase = ({ admin }: ServerProcess) =>
  eventually(async () => {
    const found = await databaseOf(options.dataDir);
    expect((await projectionsOf(admin)).filter(({ lag }) => lag > 0)).toEqual([]);
    expect(await databaseOf(options.dataDir)).toEqual(found);
    return found;
  });

test.each(points)(
  'a server killed at %s has its live tables at the next start and nothing beside them; the rebuild is %s',
  async (point, outcome) => {
    const doomed = await startServerProcess({
      ...options,
      main: 'tests/chaos/crashing-main.ts',
      env: { ODST_TEST_CRASH_AT: point },
    });
    const before = await settledDatabase(doomed);
    expect(before.packages.split('\n')).toHaveLength(4);
    await askRebuild(doomed.admin, 'packages').catch(() => undefined);
    expect(await doomed.exited).toBeNull();

    await using server = await startServerProcess(options);
    expect(await databaseOf(options.dataDir)).toEqual(before);
    await eventually(async () => {
      const row = (await projectionsOf(server.admin)).find(({ name }) => name === 'packages');
      expect(row).toMatchObject({ service: 'catalog', state: 'live', lag: 0, rebuild: { state: outcome } });
      return true;
    });
    for (const name of ['packages', 'servers', 'accounts']) await rebuild(server.admin, name);
    expect(await databaseOf(options.dataDir)).toEqual(before);
    expect((await askRebuild(server.admin, 'event_feed')).status).toBe(404);
    const nobody = await fetch(`${server.url}/api/v1/projections/packages/rebuild`, { method: 'POST' });
    expect(nobody.status).toBe(401);
  },
);
