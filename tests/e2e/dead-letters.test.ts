import { join } from 'node:path';
import { eventually, freePort, temporaryDirectory } from '@odst/testing';
import pg from 'pg';
import { describe, expect, test } from 'vitest';
import { deadLettersOf, plantLetters, settleLetter } from '../support/dead-letters.ts';
import { installerFile } from '../support/installer-file.ts';
import { nodeProgram, startProgram } from '../support/program.ts';
import { hasNginx } from '../support/reverse-proxy.ts';
import { startSeparateServer } from '../support/separate-processes.ts';
import { onServerDatabase } from '../support/server-database.ts';
import { type Server, startServerProcess } from '../support/server-process.ts';

/** An event of catalog as the bus has it, once there is one. */
async function publishedEvent(server: Server, folder: string): Promise<object> {
  const file = await installerFile(join(folder, 'file.pkg'), 100_000, 'dead letters');
  expect((await server.admin.upload(file.path, 'File.pkg', 'Prod')).status).toBe(201);
  const isPublished = ({ type }: { type: string }) => type === 'org.odst.catalog.PackagePublished.v1';
  await eventually(async () => (await server.admin.events()).items.some(isPublished));
  return (await server.admin.events()).items.find(isPublished) ?? {};
}

const statusOf = async (answer: Promise<Response>) => {
  const response = await answer;
  return [response.status, (await response.json()) as Record<string, unknown>] as const;
};

/** Goes through what an admin does with letters of sync, which runs, and of a consumer that nobody has any more. */
async function settleAll(server: Server, folder: string, plant: (work: (owner: pg.Client) => Promise<void>) => Promise<void>) {
  const { admin } = server;
  const event = await publishedEvent(server, folder);
  // It says that it is of a version that sync knows, and is not.
  const poison = { ...event, data: { content: { sizeBytes: 'rubbish' } } };
  expect(await deadLettersOf(admin)).toEqual([]);
  await plant(async (owner) => {
    await plantLetters(owner, { consumer: 'sync.feed', key: 'poison', events: [poison, event] });
    await plantLetters(owner, { consumer: 'sync.feed', key: 'mended', events: [event, event] });
    await plantLetters(owner, { consumer: 'gateway.gone', key: 'old', events: [event] });
  });
  const letters = await deadLettersOf(admin);
  expect(letters).toMatchObject([
    { id: 'sync-1', consumer: 'sync.feed', waiting: 1, attempts: 8 },
    { id: 'sync-3', consumer: 'sync.feed', waiting: 1 },
    { id: 'gateway-1', consumer: 'gateway.gone', waiting: 0 },
  ]);
  expect(await deadLettersOf(admin, '?after=sync-1&limit=1')).toEqual([letters[1]]);

  expect(await statusOf(settleLetter(admin, 'sync-3'))).toEqual([
    200,
    { id: 'sync-3', handled: 2, running: false, failed: null, left: null },
  ]);
  expect(await statusOf(settleLetter(admin, 'sync-3'))).toMatchObject([409, { code: 'COMMON_DEAD_LETTER_SETTLED' }]);
  expect(await statusOf(settleLetter(admin, 'sync-77'))).toMatchObject([404, { code: 'COMMON_DEAD_LETTER_UNKNOWN' }]);
  expect(await statusOf(settleLetter(admin, 'gateway-1'))).toMatchObject([409, { code: 'COMMON_DEAD_LETTER_UNHANDLED' }]);
  expect(await statusOf(settleLetter(admin, 'sync-1'))).toMatchObject([
    200,
    { handled: 0, failed: { id: 'sync-1', attempts: 9 } },
  ]);
  expect(await statusOf(settleLetter(admin, 'sync-1', ' '))).toMatchObject([422, { errors: [{ pointer: '/reason' }] }]);
  expect(await statusOf(settleLetter(admin, 'sync-1', 'nul \0 here'))).toMatchObject([422, { errors: [{ pointer: '/reason' }] }]);
  expect(await statusOf(settleLetter(admin, 'sync-2', 'it waits'))).toMatchObject([409, { code: 'COMMON_COMMAND_CONFLICT' }]);
}

test('an admin lists, retries and skips dead letters, also with the command odst', async () => {
  await using folder = await temporaryDirectory();
  const dataDir = join(folder.path, 'data');
  await using server = await startServerProcess({ dataDir, port: await freePort() });
  await settleAll(server, folder.path, (work) => onServerDatabase(dataDir, work));

  const odst = async (...args: string[]) => {
    const { command, args: main } = nodeProgram('cli/src/main.js');
    await using program = startProgram({
      command,
      args: [...main, 'dead-letters', ...args],
      env: { ODST_URL: server.url, ODST_PASSWORD: 'ods1234!' },
      logFile: join(folder.path, 'odst.log'),
    });
    return { code: await program.exited, out: program.output() };
  };
  const shown = JSON.parse((await odst('show', 'sync-1')).out) as object;
  expect(shown).toMatchObject({ id: 'sync-1', waiting: 1, event: { data: { content: { sizeBytes: 'rubbish' } } } });
  expect((await odst('retry', 'sync-1')).code).toBe(1);
  expect(await odst('skip', 'sync-1', '--reason', 'planted by a test')).toEqual({
    code: 0,
    out: 'sync-1: skipped\nsync-1: 1 handled, and its key is free\n',
  });
  expect((await odst('list')).out).toMatch(/^ID .*\ngateway-1 +gateway\.gone .*\n$/);
  expect((await odst('list', '--skipped')).out).toMatch(/^ID .*\nsync-1 .* account:admin .* planted by a test\n$/);
  expect(await deadLettersOf(server.admin, '?state=skipped')).toMatchObject([
    { id: 'sync-1', attempts: 10, skipped: { by: 'account:admin', reason: 'planted by a test' } },
  ]);
  await eventually(() => server.log().includes('"reason":"planted by a test"'));
});

describe.skipIf(!(await hasNginx()))('services in processes of their own', () => {
  test('give their dead letters to the gateway, and take what an admin decides', async () => {
    await using folder = await temporaryDirectory();
    await using server = await startSeparateServer({ dataDir: join(folder.path, 'data'), port: await freePort() });
    await settleAll(server, folder.path, async (work) => {
      const owner = new pg.Client({ connectionString: server.databaseUrl });
      await owner.connect();
      await work(owner).finally(() => owner.end());
    });
    expect(await statusOf(settleLetter(server.admin, 'gateway-1', 'nobody has it'))).toMatchObject([200, { handled: 0 }]);
    expect((await deadLettersOf(server.admin)).map(({ id }) => id)).toEqual(['sync-1']);
  });
});
