import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createSilentLogger } from '@odst/telemetry';
import { createTestDatabase, temporaryDirectory } from '@odst/testing';
import pg from 'pg';
import { expect, test } from 'vitest';
import { migrate } from '../src/index.ts';

type Run = (files?: Record<string, string>, component?: string) => Promise<void>;

async function withMigrations(
  body: (run: Run, pool: pg.Pool, connect: () => Promise<pg.Client>, folder: string) => Promise<void>,
): Promise<void> {
  await using database = await createTestDatabase();
  await using folder = await temporaryDirectory();
  const clients: pg.Client[] = [];
  const connect = async () => {
    const client = new pg.Client({ connectionString: database.url });
    clients.push(client);
    await client.connect();
    return client;
  };
  const client = await connect();
  const run: Run = async (files = {}, component = 'catalog') => {
    for (const [name, sql] of Object.entries(files)) await writeFile(join(folder.path, name), sql);
    await migrate({
      client,
      schema: 'catalog',
      components: [{ name: component, directory: folder.path }],
      logger: createSilentLogger(),
    });
  };
  await body(run, database.pool, connect, folder.path);
  await Promise.all(clients.map((each) => each.end()));
}

const rows = async (pool: pg.Pool, text: string) => (await pool.query<Record<string, unknown>>(text)).rows;

test('runs the files of a folder in order in the schema, each once', () =>
  withMigrations(async (run, pool) => {
    await run({
      '0001-first.sql': 'create table log (line text); insert into log values (1)',
      '0002-second.sql': 'insert into log values (2)',
    });
    await run();
    await run({ '0003-third.sql': 'insert into log values (3)', 'README.md': 'no migration' });
    expect(await rows(pool, 'select line from catalog.log order by line')).toEqual([{ line: '1' }, { line: '2' }, { line: '3' }]);
    expect(await rows(pool, 'select component, name from catalog.migrations order by name')).toEqual([
      { component: 'catalog', name: '0001-first.sql' },
      { component: 'catalog', name: '0002-second.sql' },
      { component: 'catalog', name: '0003-third.sql' },
    ]);
  }));

test('keeps the numbers of several components apart', () =>
  withMigrations(async (run, pool) => {
    await run({ '0001-first.sql': 'create table if not exists one ()' }, 'event-store');
    await run({}, 'catalog');
    expect(await rows(pool, 'select component from catalog.migrations order by component')).toEqual([
      { component: 'catalog' },
      { component: 'event-store' },
    ]);
  }));

test('refuses a file that was changed after it ran, but not for its line ends', () =>
  withMigrations(async (run) => {
    await run({ '0001-first.sql': 'create table a ();\n' });
    await run({ '0001-first.sql': 'create table a ();\r\n' });
    await expect(run({ '0001-first.sql': 'create table b ();\n' })).rejects.toMatchObject({
      code: 'COMMON_MIGRATION_REFUSED',
      message: expect.stringContaining('catalog/0001-first.sql'),
    });
  }));

test('refuses a database that a newer version has migrated', () =>
  withMigrations(async (run, pool) => {
    await run({ '0001-first.sql': 'create table a ()' });
    await pool.query("insert into catalog.migrations values ('catalog', '0002-future.sql', 'x')");
    await expect(run()).rejects.toMatchObject({
      code: 'COMMON_MIGRATION_REFUSED',
      message: expect.stringContaining('newer version'),
    });
  }));

test('refuses a new file with a number before one that ran', () =>
  withMigrations(async (run) => {
    await run({ '0002-second.sql': 'create table a ()' });
    await expect(run({ '0001-first.sql': 'create table b ()' })).rejects.toMatchObject({ code: 'COMMON_MIGRATION_REFUSED' });
  }));

test('leaves nothing of a file that fails, and goes on from there the next time', () =>
  withMigrations(async (run, pool) => {
    const broken = { '0001-first.sql': 'create table a ()', '0002-second.sql': 'create table b (); select broken' };
    await expect(run(broken)).rejects.toThrow('broken');
    expect(await rows(pool, "select tablename from pg_tables where schemaname = 'catalog' and tablename in ('a', 'b')")).toEqual([
      { tablename: 'a' },
    ]);
    await run({ '0002-second.sql': 'create table b ()' });
    expect(await rows(pool, "select tablename from pg_tables where schemaname = 'catalog' and tablename = 'b'")).toHaveLength(1);
  }));

test('lets several processes migrate at once', () =>
  withMigrations(async (run, pool, connect, folder) => {
    await writeFile(
      join(folder, '0001-first.sql'),
      'create table log (line text); insert into log values (1); select pg_sleep(0.05)',
    );
    const clients = await Promise.all([connect(), connect(), connect()]);
    const migrations = clients.map((client) =>
      migrate({ client, schema: 'catalog', components: [{ name: 'catalog', directory: folder }], logger: createSilentLogger() }),
    );
    await Promise.all([run(), ...migrations]);
    expect(await rows(pool, 'select line from catalog.log')).toEqual([{ line: '1' }]);
  }));
