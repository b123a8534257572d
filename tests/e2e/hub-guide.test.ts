import { execFile } from 'node:child_process';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { eventually, freePort, temporaryDirectory } from '@odst/testing';
import { expect, test } from 'vitest';
import { guideBlock } from '../support/guide.ts';
import { installerFile } from '../support/installer-file.ts';
import { nodeProgram } from '../support/program.ts';
import { type Server, startServerProcess } from '../support/server-process.ts';
import { becomesPublic } from '../support/two-servers.ts';

const run = promisify(execFile);
const cli = fileURLToPath(new URL('../../cli/src/main.js', import.meta.url));

/** Runs a block of the guide on a server, as its reader does. @returns what its commands printed */
async function follow(mark: string, server: Server, hub: Server): Promise<string> {
  const text = await guideBlock('docs/guides/hub-and-sites.md', mark, {});
  const { command } = nodeProgram('');
  const script = text.replaceAll('npx -y pnpm odst', `'${command}' '${cli}'`).replaceAll('http://127.0.0.1:8080', server.url);
  const { url, iss, key } = await hub.admin.about();
  const env = {
    ...{ PATH: process.env['PATH'] ?? '', ODST_URL: server.url, ODST_PASSWORD: 'ods1234!' },
    ...{ HUB_URL: url, HUB_ISS_ID: iss, HUB_KEY: key },
  };
  return (await run('bash', ['-ec', script], { env })).stdout;
}

test('what the guide to a hub and its sites says holds, also for a site that is installed anew', async () => {
  await using folder = await temporaryDirectory();
  const portOfCork = await freePort();
  const start = async (name: string, port?: number) =>
    startServerProcess({ dataDir: join(folder.path, name), port: port ?? (await freePort()), env: { ODST_NAME: name } });
  await using hub = await start('Hub');
  await using bern = await start('Bern');
  const ofBern = await installerFile(join(folder.path, 'bern.pkg'), 200_000, 'Bern');
  const ofCork = await installerFile(join(folder.path, 'cork.pkg'), 300_000, 'Cork');
  {
    await using cork = await start('Cork', portOfCork);
    for (const site of [bern, cork]) expect(await follow('register', site, hub)).toMatch(/ Hub /);
    expect((await bern.admin.upload(ofBern.path, 'Bern.pkg', 'Prod')).status).toBe(201);
    expect((await cork.admin.upload(ofCork.path, 'Cork.pkg', 'Prod')).status).toBe(201);
    await becomesPublic(cork, 'Bern.pkg', ofBern.sha256);
    await becomesPublic(bern, 'Cork.pkg', ofCork.sha256);
    await eventually(async () => {
      const known = await follow('servers', cork, hub);
      expect(known).toMatch(/^Hub +Prod +peer /m);
      expect(known).toMatch(/^Bern +Prod +introduced by Hub /m);
      return true;
    }, 60_000);
    const looked = await follow('look', cork, hub);
    expect(looked).toMatch(/ Hub /);
    // A busy hub may have been asked again.
    await eventually(async () => {
      expect((await cork.admin.peerStates()).map((peer) => [peer['heldBack'], peer['lastError']])).toEqual([[0, null]]);
      return true;
    }, 120_000);
  }
  // Its disk is gone. Under the old URL it is another server, and gets back what it had uploaded itself too.
  await rm(join(folder.path, 'Cork'), { recursive: true });
  await using again = await start('Cork', portOfCork);
  expect(await follow('register', again, hub)).toMatch(/ Hub /);
  await becomesPublic(again, 'Bern.pkg', ofBern.sha256);
  await becomesPublic(again, 'Cork.pkg', ofCork.sha256);
  await eventually(async () => (await follow('servers', again, hub)).match(/^Cork +/gm)?.length === 2, 60_000);
});
