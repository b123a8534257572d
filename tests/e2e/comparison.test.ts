import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { eventually, freePort, temporaryDirectory } from '@odst/testing';
import { expect, test } from 'vitest';
import { guideBlock } from '../support/guide.ts';
import { installerFile } from '../support/installer-file.ts';
import { nodeProgram } from '../support/program.ts';
import { onServerDatabase } from '../support/server-database.ts';
import { type Server, startServerProcess } from '../support/server-process.ts';
import { becomesPublic } from '../support/two-servers.ts';

const run = promisify(execFile);
const cli = fileURLToPath(new URL('../../cli/src/main.js', import.meta.url));

/** What the guide has an admin do at a server. @returns what was printed */
async function compare(server: Server): Promise<string> {
  const text = await guideBlock('docs/guides/hub-and-sites.md', 'compare', {});
  const script = text.replaceAll('npx -y pnpm odst', `'${nodeProgram('').command}' '${cli}'`);
  const env = { PATH: process.env['PATH'] ?? '', ODST_URL: server.url, ODST_PASSWORD: 'ods1234!' };
  return (await run('bash', ['-ec', script], { env })).stdout;
}

type Change = {
  readonly uuid: string;
  readonly filename: string;
  readonly sets: readonly { readonly content?: { readonly manifestDigest?: string } }[];
};

/** Drops the entry of a package from a server's feed once the last change of its record is told there: nobody hears of it any more. */
async function loseFromFeed(server: Server, dataDir: string, filename: string): Promise<void> {
  // Its change may leave once it names its manifest, which it does from the start or soon after.
  const { uuid, position } = await eventually(async () => {
    const { items } = await server.admin.events();
    return items
      .flatMap(({ type, sequence, data }) => {
        const { change, changes = [] } = data as { readonly change?: Change; readonly changes?: readonly Change[] };
        const told = type.startsWith('org.odst.catalog.') ? [...changes, ...(change === undefined ? [] : [change])] : [];
        const sealed = told.find((one) => one.filename === filename && one.sets.every(({ content }) => content?.manifestDigest));
        return sealed === undefined ? [] : [{ uuid: sealed.uuid, position: BigInt(sequence).toString() }];
      })
      .at(-1);
  }, 60_000);
  await onServerDatabase(dataDir, (client) =>
    eventually(async () => {
      const text = "DELETE FROM sync.feed WHERE kind = 'package' AND subject = $1 AND source_position >= $2";
      return (await client.query(text, [uuid, position])).rowCount === 1;
    }, 60_000),
  );
}

test('a package that a peer does not tell any more comes by odst peers sync, which says so, and so does an event', async () => {
  await using folder = await temporaryDirectory();
  const [hubDir, siteDir] = [join(folder.path, 'hub'), join(folder.path, 'site')];
  const portOfSite = await freePort();
  const startSite = () => startServerProcess({ dataDir: siteDir, port: portOfSite, env: { ODST_NAME: 'Site' } });
  await using hub = await startServerProcess({ dataDir: hubDir, port: await freePort(), env: { ODST_NAME: 'Hub' } });
  const lost = await installerFile(join(folder.path, 'lost.pkg'), 2_000_000, 'lost');
  const other = await installerFile(join(folder.path, 'other.pkg'), 100_000, 'other');
  {
    await using site = await startSite();
    expect((await site.admin.register(await hub.admin.about())).status).toBe(201);
    await eventually(async () => (await site.admin.peerStates())[0]?.['state'] === 'online', 60_000);
  }
  expect((await hub.admin.upload(lost.path, 'lost.pkg', 'Prod')).status).toBe(201);
  await loseFromFeed(hub, hubDir, 'lost.pkg');
  await using site = await startSite();
  expect((await hub.admin.upload(other.path, 'other.pkg', 'Prod')).status).toBe(201);
  await becomesPublic(site, 'other.pkg', other.sha256);
  expect(await site.admin.findPackage('lost.pkg')).toBeUndefined();

  expect(await compare(site)).toBe(
    'Hub: 2 packages compared; 1 differed, 1 repaired: nothing differs any more.\n  lost.pkg: this server lacked what it has now\n',
  );
  await becomesPublic(site, 'lost.pkg', lost.sha256);
  await eventually(async () => {
    expect((await site.admin.peerStates())[0]).toMatchObject({
      ...{ state: 'online', lastError: null, comparing: false, heldBack: 0 },
      comparison: { outcome: 'repaired', packages: 2, differed: 1, repaired: 1, examples: [{ filename: 'lost.pkg' }] },
    });
    return true;
  }, 120_000);
  const told = await eventually(async () => {
    const { items } = await site.admin.events();
    return items.find(({ type }) => type.includes('.PeerDifferencesChanged.'));
  });
  expect(told.data).toMatchObject({ differed: 1, repaired: 1, examples: [{ filename: 'lost.pkg', outcome: 'repaired' }] });

  expect(await compare(site)).toBe('Hub: 2 packages compared; nothing differs.\n');
  const back = await hub.admin.send(`/api/v1/peers/${(await hub.admin.peerStates())[0]?.['id']}/sync`, { method: 'POST' });
  expect([back.status, await back.json()]).toMatchObject([200, { comparison: { outcome: 'equal', packages: 2 } }]);
  // The hub looked into its own feed too: who comes later is told of both.
  const selectTold = "SELECT subject FROM sync.feed WHERE kind = 'package'";
  await onServerDatabase(hubDir, (client) => eventually(async () => (await client.query(selectTold)).rowCount === 2, 60_000));
});
