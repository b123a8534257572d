import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createSilentLogger } from '@odst/telemetry';
import { eventually, temporaryDirectory } from '@odst/test-kit';
import { expect, test } from 'vitest';
import { startEmbeddedPostgres } from '../src/index.ts';
import { exists, isServerOf } from '../src/processes.ts';
import { startHolder } from './holder.ts';
import { query } from './query.ts';

const logger = createSilentLogger();

async function postmasterPid(dataDir: string): Promise<number> {
  return Number.parseInt(await readFile(join(dataDir, 'postmaster.pid'), 'utf8'), 10);
}

test('stops the PostgreSQL that a killed server left behind, and finds all that was committed', async () => {
  await using folder = await temporaryDirectory();
  const dataDir = join(folder.path, 'postgres');
  const holder = startHolder(dataDir);
  const { url = '' } = await holder.told;
  await query(url, 'create table kept as select 42 as answer');
  const orphan = await postmasterPid(dataDir);
  await holder.kill('SIGKILL');
  expect(await isServerOf(orphan, dataDir)).toBe(true);
  const startedAt = performance.now();
  await using postgres = await startEmbeddedPostgres({ dataDir, logger });
  expect(performance.now() - startedAt).toBeLessThan(30_000);
  expect(await isServerOf(orphan, dataDir)).toBe(false);
  expect(await query(postgres.url(), 'select answer from kept')).toEqual([{ answer: 42 }]);
});

test('starts after server and PostgreSQL were both killed, while a backend was busy', async () => {
  await using folder = await temporaryDirectory();
  const dataDir = join(folder.path, 'postgres');
  const holder = startHolder(dataDir);
  const { url = '' } = await holder.told;
  await query(url, 'create table kept as select 42 as answer');
  const busy = query(url, 'select pg_sleep(60)').catch(() => 'cut off');
  await eventually(
    async () =>
      (await query(url, "select 1 from pg_stat_activity where query like '%pg_sleep%' and state = 'active'")).length > 1,
  );
  const postmaster = await postmasterPid(dataDir);
  process.kill(postmaster, 'SIGKILL');
  await holder.kill('SIGKILL');
  await using postgres = await startEmbeddedPostgres({ dataDir, logger });
  expect(await query(postgres.url(), 'select answer from kept')).toEqual([{ answer: 42 }]);
  expect(await busy).toBe('cut off');
});

test('is not misled by a pid file and a socket lock whose number another program got after a reboot', async () => {
  await using folder = await temporaryDirectory();
  const dataDir = join(folder.path, 'postgres');
  const before = await startEmbeddedPostgres({ dataDir, logger });
  const { host } = before.connection;
  const pidFile = await readFile(join(dataDir, 'postmaster.pid'), 'utf8');
  const socketLock = await readFile(join(host, '.s.PGSQL.5432.lock'), 'utf8');
  await before[Symbol.asyncDispose]();
  const stranger = spawn('sleep', ['600'], { stdio: 'ignore' });
  try {
    await writeFile(join(dataDir, 'postmaster.pid'), pidFile.replace(/^\d+/, String(stranger.pid)));
    await mkdir(host, { mode: 0o700 });
    await writeFile(join(host, '.s.PGSQL.5432.lock'), socketLock.replace(/^\d+/, String(stranger.pid)));
    await writeFile(join(host, '.s.PGSQL.5432'), '');
    await using postgres = await startEmbeddedPostgres({ dataDir, logger });
    expect(await query(postgres.url(), 'select 1 as one')).toEqual([{ one: 1 }]);
    expect(exists(stranger.pid ?? 0)).toBe(true);
  } finally {
    stranger.kill();
    await once(stranger, 'exit');
  }
});

test('refuses a second process while the first lives, and lets exactly one of several at the same moment win', async () => {
  await using folder = await temporaryDirectory();
  const dataDir = join(folder.path, 'postgres');
  const holders = [startHolder(dataDir), startHolder(dataDir), startHolder(dataDir)];
  const told = await Promise.all(holders.map((holder) => holder.told));
  expect(told.filter(({ url }) => url !== undefined)).toHaveLength(1);
  expect(told.filter(({ code }) => code === 'COMMON_DATA_DIR_IN_USE')).toHaveLength(2);
  const late = startHolder(dataDir);
  expect(await late.told).toMatchObject({ code: 'COMMON_DATA_DIR_IN_USE' });
  await Promise.all([...holders, late].map((holder) => holder[Symbol.asyncDispose]()));
});

test('lets exactly one of two win that meet at an orphan', async () => {
  await using folder = await temporaryDirectory();
  const dataDir = join(folder.path, 'postgres');
  const first = startHolder(dataDir);
  await first.told;
  await first.kill('SIGKILL');
  const holders = [startHolder(dataDir), startHolder(dataDir)];
  const told = await Promise.all(holders.map((holder) => holder.told));
  expect(told.filter(({ url }) => url !== undefined)).toHaveLength(1);
  expect(told.filter(({ code }) => code === 'COMMON_DATA_DIR_IN_USE')).toHaveLength(1);
  await Promise.all(holders.map((holder) => holder[Symbol.asyncDispose]()));
});

test('starts anew when it was killed in the middle of making the directory', async () => {
  await using folder = await temporaryDirectory();
  // A machine that stands still meanwhile lets it come to its end: then it is tried again with another directory.
  const killInTheMiddle = async (parent: string): Promise<boolean> => {
    await mkdir(parent);
    const holder = startHolder(join(parent, 'postgres'));
    await eventually(async () => {
      const names = await readdir(parent);
      const growing = names.find((name) => name.startsWith('postgres.new-'));
      if (growing !== undefined) return (await readdir(join(parent, growing)).catch((): string[] => [])).includes('base');
      return names.includes('postgres');
    });
    await holder.kill('SIGKILL');
    return !(await readdir(parent)).includes('postgres');
  };
  let tries = 1;
  while (!(await killInTheMiddle(join(folder.path, `data ${tries}`)))) {
    tries += 1;
    expect(tries).toBeLessThan(20);
  }
  const dataDir = join(folder.path, `data ${tries}`, 'postgres');
  await using postgres = await startEmbeddedPostgres({ dataDir, logger });
  expect(await query(postgres.url(), 'select 1 as one')).toEqual([{ one: 1 }]);
  expect((await readdir(join(dataDir, '..'))).toSorted()).toEqual(['postgres', 'postgres.lock']);
});

test('stops soon though a client holds a transaction open', async () => {
  await using folder = await temporaryDirectory();
  const holder = startHolder(join(folder.path, 'postgres'));
  const { url = '' } = await holder.told;
  const busy = query(url, 'begin; select pg_sleep(60)').catch(() => 'cut off');
  const startedAt = performance.now();
  await holder.kill('SIGTERM');
  expect(performance.now() - startedAt).toBeLessThan(30_000);
  expect(await busy).toBe('cut off');
});
