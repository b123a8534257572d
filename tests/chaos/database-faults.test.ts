import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { eventually, freePort, type TemporaryDirectory, temporaryDirectory } from '@odst/testing';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { filesBelow } from '../support/files-below.ts';
import { type InstallerFile, installerFile } from '../support/installer-file.ts';
import { expectNoErrors } from '../support/refusals.ts';
import { onServerDatabase } from '../support/server-database.ts';
import { type ServerProcess, startServerProcess } from '../support/server-process.ts';

let folder: TemporaryDirectory;
let server: ServerProcess;

beforeAll(async () => {
  folder = await temporaryDirectory();
  server = await startServerProcess({ dataDir: join(folder.path, 'data'), port: await freePort() });
});

afterAll(async () => {
  await server?.stop();
  await folder?.[Symbol.asyncDispose]();
});

/** Ends every connection of the server, as a restart of the database does. */
const breakConnections = () =>
  onServerDatabase(server.dataDir, (client) =>
    client.query(
      `select pg_terminate_backend(pid) from pg_stat_activity
       where pid <> pg_backend_pid() and state in ('active', 'idle', 'idle in transaction')`,
    ),
  );

/** Reads whatever can be read, again and again, and gives each answer as path and status. */
async function readUntil(done: () => boolean): Promise<string[]> {
  const paths = ['/api/admin/about', '/api/admin/packages', '/api/v1/events', '/api/v1/peers', '/share/File%200.pkg', '/readyz'];
  const answers: string[] = [];
  while (!done()) {
    for (const path of paths) {
      const answer = await server.admin.send(path);
      await answer.arrayBuffer();
      answers.push(`${path} ${answer.status}`);
    }
  }
  return answers;
}

test('a database that drops its connections again and again loses nothing that was acknowledged', {
  timeout: 900_000,
}, async () => {
  const files: InstallerFile[] = [];
  for (let n = 0; n < 30; n += 1) files.push(await installerFile(join(folder.path, `${n}.pkg`), 500_000, `database ${n}`));
  const upload = async (file: InstallerFile, name: string) => (await server.admin.upload(file.path, name, 'Prod')).status;

  // One before the faults begin tells how fast this machine is.
  const startedAt = performance.now();
  const statuses = [await upload(files[0] as InstallerFile, 'File 0.pkg')];
  const usualMs = performance.now() - startedAt;
  let breaking = true;
  const breaker = (async () => {
    // Chance is the point here: each run hits other moments, and some uploads come through.
    while (breaking) {
      await delay(Math.random() * Math.max(150, 2 * usualMs));
      await breakConnections();
    }
  })();
  const reader = readUntil(() => !breaking);
  for (const [n, file] of [...files.entries()].slice(1)) statuses.push(await upload(file, `File ${n}.pkg`));
  breaking = false;
  await breaker;
  expect((await reader).filter((answer) => !/ (200|404|503|504)$/.test(answer))).toEqual([]);

  expectNoErrors(server.log());
  expect(statuses.slice(1)).toContain(201);
  // What could not be done was said to be worth another try.
  expect(statuses.filter((status) => ![201, 503, 504].includes(status))).toEqual([]);
  const acknowledged = files.filter((_, n) => statuses[n] === 201);
  await eventually(async () => {
    const packages = await server.admin.packages();
    for (const { sha256 } of acknowledged) expect(packages.map((row) => row.sha256)).toContain(sha256);
    return true;
  }, 120_000);
  for (const [n, file] of files.entries()) await eventually(async () => (await upload(file, `File ${n}.pkg`)) === 201, 120_000);
  await eventually(async () => {
    expect((await server.admin.packages()).map(({ status }) => status)).toEqual(files.map(() => 'Public'));
    expect(await filesBelow(join(server.dataDir, 'staging'))).toEqual([]);
    expect(await filesBelow(join(server.dataDir, 'blobs'))).toHaveLength(files.length);
    return true;
  }, 180_000);
  await eventually(async () => (await (await fetch(`${server.url}/readyz`)).text()) === 'ok server\nok database\n');
  expectNoErrors(server.log());

  // Events come on too: the feed has all of them, each once.
  await eventually(async () => {
    const { items } = await server.admin.events('0', 1_000);
    const published = items.filter(({ type }) => type === 'org.odst.catalog.PackagePublished.v1');
    expect(published.map(({ data }) => data['filename'] ?? data['uuid']).sort()).toHaveLength(files.length);
    return true;
  }, 120_000);
});
