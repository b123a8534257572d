import { join } from 'node:path';
import { eventually, freePort, type TemporaryDirectory, temporaryDirectory } from '@odst/testing';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { installerFile } from '../support/installer-file.ts';
import { onServerDatabase } from '../support/server-database.ts';
import { type ServerProcess, startServerProcess } from '../support/server-process.ts';

let folder: TemporaryDirectory;
let server: ServerProcess;
beforeAll(async () => {
  folder = await temporaryDirectory();
  server = await startServerProcess({ dataDir: join(folder.path, 'data'), port: await freePort() });
});
afterAll(async () => {
  await server?.[Symbol.asyncDispose]();
  await folder?.[Symbol.asyncDispose]();
});

/** How often a second the server commits, counted by its database for some seconds. */
const commitsPerSecond = (seconds: number) =>
  onServerDatabase(server.dataDir, async (client) => {
    const count = async () => {
      const text = 'select xact_commit::int as commits from pg_stat_database where datname = current_database()';
      return (await client.query<{ commits: number }>(text)).rows[0]?.commits ?? Number.NaN;
    };
    const before = await count();
    await client.query('select pg_sleep($1)', [seconds]);
    return ((await count()) - before) / seconds;
  });

/** Ends the connection on which the server hears what its services tell each other. */
const endListener = () =>
  onServerDatabase(server.dataDir, async (client) => {
    const text = `select pg_terminate_backend(pid, 5000) as ended from pg_stat_activity where application_name = 'odst listener'`;
    return (await client.query<{ ended: boolean }>(text)).rows;
  });

test('a server with nothing to do commits less than six times a second', async () => {
  // Idle connections tell up to 10 s later what they committed while the server started.
  await eventually(async () => (await commitsPerSecond(12)) < 6, 45_000);
});

/** Uploads a package and waits until its publication stands in the feed. @returns how long that took */
async function goItsWay(name: string, limitMs: number): Promise<number> {
  const file = await installerFile(join(folder.path, name), 1_000, name);
  const startedAt = performance.now();
  expect((await server.admin.upload(file.path, `${name}.pkg`, 'Prod')).status).toBe(201);
  await eventually(async () => {
    const { items } = await server.admin.events();
    return items.some(({ type, data }) => type.includes('.PackagePublished.') && JSON.stringify(data).includes(file.sha256));
  }, limitMs);
  return performance.now() - startedAt;
}

test('packages go their way though the connection that listens is ended each time', async () => {
  const undisturbedMs = await goItsWay('undisturbed', 60_000);
  for (const name of ['a', 'b', 'c']) {
    // The one before may be on its way again.
    await eventually(async () => (await endListener())[0]?.ended === true);
    // Sooner than anybody would look without having heard, which is after 10 s; a slow machine takes its time for everything.
    await goItsWay(name, 5_000 + 10 * undisturbedMs);
  }
});
