import { join } from 'node:path';
import { eventually } from '@odst/testing';
import { expect, test } from 'vitest';
import { installerFile } from '../support/installer-file.ts';
import { nodeProgram, startProgram } from '../support/program.ts';
import { databaseOf, projectionsOf, untilFeedIsWhole } from '../support/projections.ts';
import { expectNoErrors } from '../support/refusals.ts';
import { startServerProcess } from '../support/server-process.ts';
import { twoServers } from '../support/two-servers.ts';

test('an admin lists the read models and rebuilds each with the command odst', async () => {
  await using servers = await twoServers();
  await using server = await startServerProcess(servers.a);
  const odst = async (args: readonly string[], password = 'ods1234!') => {
    const { command, args: main } = nodeProgram('cli/src/main.js');
    await using program = startProgram({
      command,
      args: [...main, ...args],
      env: { ODST_URL: server.url, ODST_PASSWORD: password },
      logFile: join(servers.path, 'odst.log'),
    });
    return { code: await program.exited, out: program.output(), err: program.log() };
  };

  const file = await installerFile(join(servers.path, 'file.pkg'), 100_000, 'projections');
  expect((await server.admin.upload(file.path, 'File.pkg', 'Prod')).status).toBe(201);
  // The last event of the upload may come after its answer, and the feed follows it.
  await eventually(async () =>
    (await server.admin.events()).items.some(({ type }) => type === 'org.odst.storage.UploadAccepted.v1'),
  );
  await untilFeedIsWhole(server.dataDir);
  await eventually(async () => (await projectionsOf(server.admin)).every(({ lag }) => lag === 0));
  const before = await databaseOf(server.dataDir);

  const listed = await odst(['projections', 'list']);
  expect(listed.code).toBe(0);
  const lines = listed.out.trimEnd().split('\n');
  expect(lines.map((line) => line.split(/ +/).slice(0, 2))).toEqual([
    ['NAME', 'SERVICE'],
    ['servers', 'registration'],
    ['accounts', 'registration'],
    ['packages', 'catalog'],
  ]);
  for (const name of ['servers', 'accounts', 'packages']) {
    const rebuilt = await odst(['projections', 'rebuild', name]);
    expect(rebuilt).toMatchObject({ code: 0, out: expect.stringMatching(new RegExp(`${name}: done, \\d+ events\\n$`)) });
  }
  expect(await databaseOf(server.dataDir)).toEqual(before);
  expect((await odst(['projections', 'list'])).out).toMatch(/^packages +catalog .* done$/m);

  expect(await odst(['projections', 'rebuild', 'event_feed'])).toMatchObject({
    code: 3,
    err: 'there is no projection event_feed (COMMON_PROJECTION_UNKNOWN)\n',
  });
  expect(await odst(['projections', 'list'], 'wrong')).toMatchObject({ code: 4, out: '' });
  expectNoErrors(server.log());
});
