import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, stat, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { OdstError } from '@odst/kernel';
import { createSilentLogger } from '@odst/telemetry';
import { eventually, temporaryDirectory } from '@odst/test-kit';
import pg from 'pg';
import { expect, test } from 'vitest';
import { startEmbeddedPostgres } from '../src/index.ts';
import { query } from './query.ts';

const logger = createSilentLogger();

test('starts on a new directory, keeps its data over a restart, and takes no minute for either', async () => {
  await using folder = await temporaryDirectory();
  const dataDir = join(folder.path, 'made', 'on the way', 'postgres');
  const firstAt = performance.now();
  {
    await using postgres = await startEmbeddedPostgres({ dataDir, logger });
    expect(performance.now() - firstAt).toBeLessThan(60_000);
    await query(postgres.url(), 'create table kept as select 42 as answer');
  }
  const againAt = performance.now();
  await using postgres = await startEmbeddedPostgres({ dataDir, logger });
  expect(performance.now() - againAt).toBeLessThan(60_000);
  expect(await query(postgres.url(), 'select answer from kept')).toEqual([{ answer: 42 }]);
});

test('gives a connection and a URL that name the same server, for any database and role', async () => {
  await using folder = await temporaryDirectory();
  await using postgres = await startEmbeddedPostgres({ dataDir: join(folder.path, 'postgres'), logger });
  const client = new pg.Client(postgres.connection);
  await client.connect();
  await client.query('create role "odst catalog" login');
  await client.query('create database "other db"');
  await client.end();
  expect(await query(postgres.url(), 'select current_user as role, current_database() as name')).toEqual([
    { role: 'odst', name: 'odst' },
  ]);
  const asRole = await query(postgres.url('other db', 'odst catalog'), 'select current_user as role, current_database() as name');
  expect(asRole).toEqual([{ role: 'odst catalog', name: 'other db' }]);
});

test('opens no TCP port and lets only this user at its socket', async () => {
  await using folder = await temporaryDirectory();
  await using postgres = await startEmbeddedPostgres({ dataDir: join(folder.path, 'postgres'), logger });
  expect(await query(postgres.url(), 'show listen_addresses')).toEqual([{ listen_addresses: '' }]);
  expect((await stat(postgres.connection.host)).mode & 0o777).toBe(0o700);
  expect((await stat(join(folder.path, 'postgres'))).mode & 0o777).toBe(0o700);
});

test('runs with full durability', async () => {
  await using folder = await temporaryDirectory();
  await using postgres = await startEmbeddedPostgres({ dataDir: join(folder.path, 'postgres'), logger });
  const rows = await query(
    postgres.url(),
    "select name, setting from pg_settings where name in ('fsync', 'synchronous_commit', 'full_page_writes') order by name",
  );
  expect(rows.map((row) => row['setting'])).toEqual(['on', 'on', 'on']);
});

test('refuses a second start on the same directory, by whatever name, and names the setting', async () => {
  await using folder = await temporaryDirectory();
  const dataDir = join(folder.path, 'postgres');
  await using first = await startEmbeddedPostgres({ dataDir, logger });
  const link = join(folder.path, 'link');
  await symlink(folder.path, link);
  for (const name of [dataDir, join(link, 'postgres'), `${folder.path}//./postgres/`]) {
    const refusal = await startEmbeddedPostgres({ dataDir: name, logger }).catch((error: unknown) => error);
    expect(refusal).toMatchObject({ code: 'COMMON_DATA_DIR_IN_USE', message: expect.stringContaining('ODST_DATA_DIR') });
  }
  expect(await query(first.url(), 'select 1 as one')).toEqual([{ one: 1 }]);
});

test('runs beside another server on another directory', async () => {
  await using folder = await temporaryDirectory();
  await using a = await startEmbeddedPostgres({ dataDir: join(folder.path, 'a'), logger });
  await using b = await startEmbeddedPostgres({ dataDir: join(folder.path, 'b'), logger });
  expect(a.connection.host).not.toBe(b.connection.host);
  expect(await query(b.url(), 'select 1 as one')).toEqual([{ one: 1 }]);
});

test('refuses a directory with other files, leaves them alone, and leaves nothing else', async () => {
  await using folder = await temporaryDirectory();
  const dataDir = join(folder.path, 'letters');
  await mkdir(dataDir);
  await writeFile(join(dataDir, 'letter.txt'), 'dear');
  const refusal = await startEmbeddedPostgres({ dataDir, logger }).catch((error: unknown) => error);
  expect(refusal).toMatchObject({
    code: 'COMMON_DATABASE_UNAVAILABLE',
    message: expect.stringContaining('no PostgreSQL database'),
  });
  expect(await readFile(join(dataDir, 'letter.txt'), 'utf8')).toBe('dear');
  expect((await readdir(folder.path)).toSorted()).toEqual(['letters', 'letters.lock']);
});

test('takes an empty folder, and leaves no socket behind when it stops', async () => {
  await using folder = await temporaryDirectory();
  await mkdir(join(folder.path, 'postgres'));
  const postgres = await startEmbeddedPostgres({ dataDir: join(folder.path, 'postgres'), logger });
  expect(existsSync(postgres.connection.host)).toBe(true);
  await postgres[Symbol.asyncDispose]();
  expect(existsSync(postgres.connection.host)).toBe(false);
});

test('tells PostgreSQL its reason when it cannot start, and frees the directory', async () => {
  await using folder = await temporaryDirectory();
  const dataDir = join(folder.path, 'postgres');
  const refusal = await startEmbeddedPostgres({ dataDir, logger, settings: { shared_buffers: 'much' } }).catch(
    (error: unknown) => error,
  );
  expect(refusal).toMatchObject({ code: 'COMMON_DATABASE_UNAVAILABLE', message: expect.stringContaining('shared_buffers') });
  await using postgres = await startEmbeddedPostgres({ dataDir, logger });
  expect(await query(postgres.url(), 'select 1 as one')).toEqual([{ one: 1 }]);
});

test('reports a PostgreSQL that dies, and not one that was stopped', async () => {
  await using folder = await temporaryDirectory();
  const dataDir = join(folder.path, 'postgres');
  const reports: OdstError[] = [];
  const onExit = (error: OdstError) => void reports.push(error);
  await (await startEmbeddedPostgres({ dataDir, logger, onExit }))[Symbol.asyncDispose]();
  await using postgres = await startEmbeddedPostgres({ dataDir, logger, onExit });
  expect(reports).toEqual([]);
  const pid = Number.parseInt(await readFile(join(dataDir, 'postmaster.pid'), 'utf8'), 10);
  process.kill(pid, 'SIGQUIT');
  await eventually(() => reports.length > 0);
  expect(reports).toMatchObject([{ code: 'COMMON_DATABASE_UNAVAILABLE', message: expect.stringContaining('PostgreSQL ended') }]);
  await postgres[Symbol.asyncDispose]();
  expect(reports).toHaveLength(1);
});
