import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createLogger, createSilentLogger } from '@odst/telemetry';
import { createTestDatabase, eventually, type TemporaryDirectory, temporaryDirectory } from '@odst/testing';
import pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createPool, databasePasswordOf, provisionServiceDatabase } from '../src/index.ts';

const logger = createSilentLogger();
let folder: TemporaryDirectory;
const components = () => [{ name: 'own', directory: folder.path }];

beforeAll(async () => {
  folder = await temporaryDirectory();
  await writeFile(
    join(folder.path, '0001-first.sql'),
    "create table things (id int generated always as identity, name text); insert into things (name) values ('secret');",
  );
});
afterAll(() => folder[Symbol.asyncDispose]());

async function attempt(url: string, text: string): Promise<unknown> {
  const client = new pg.Client({ connectionString: url });
  try {
    await client.connect();
    return (await client.query<Record<string, unknown>>(text)).rows;
  } catch (error) {
    return (error as { code?: string }).code;
  } finally {
    await client.end();
  }
}

const insufficientPrivilege = '42501';

test('gives each service its schema, and lets no service look into another', async () => {
  await using database = await createTestDatabase();
  const options = { adminUrl: database.url, components: components(), shared: { bus: components() }, logger };
  const [catalog, storage] = await Promise.all(
    ['catalog', 'storage'].map((service) => provisionServiceDatabase({ ...options, service })),
  );
  if (catalog === undefined || storage === undefined) throw new Error('no databases');
  expect(catalog).toMatchObject({ schema: 'catalog', role: `${database.name}_catalog` });
  expect(await attempt(catalog.url, 'select current_user as role')).toEqual([{ role: catalog.role }]);

  for (const [mine, foreign] of [
    [catalog, storage],
    [storage, catalog],
  ] as const) {
    expect(await attempt(mine.url, `insert into ${mine.schema}.things (name) values ('mine') returning name`)).toEqual([
      { name: 'mine' },
    ]);
    expect(await attempt(mine.url, `insert into bus.things (name) values ('shared') returning name`)).toEqual([
      { name: 'shared' },
    ]);
    for (const action of [
      `select * from ${foreign.schema}.things`,
      `insert into ${foreign.schema}.things (name) values ('not mine')`,
      `select * from ${foreign.schema}.migrations`,
      `create table ${foreign.schema}.intruder ()`,
      `create table bus.intruder ()`,
      `create schema intruder`,
      `create role ${mine.role}_intruder`,
      `set role ${foreign.role}`,
      `drop table ${mine.schema}.things`,
      `delete from ${mine.schema}.migrations`,
    ]) {
      expect([action, await attempt(mine.url, action)]).toEqual([action, insufficientPrivilege]);
    }
  }
});

test('lets a service make tables of its own in its schema', async () => {
  await using database = await createTestDatabase();
  const catalog = await provisionServiceDatabase({
    adminUrl: database.url,
    service: 'catalog',
    components: components(),
    logger,
  });
  expect(await attempt(catalog.url, 'create table catalog.rebuilt (like catalog.things); drop table catalog.rebuilt')).not.toBe(
    insufficientPrivilege,
  );
});

test('is repeated at every start, gives rights on tables that came later, and takes a changed password', async () => {
  await using database = await createTestDatabase();
  await using later = await temporaryDirectory();
  const options = { adminUrl: database.url, service: 'catalog', logger };
  await provisionServiceDatabase({ ...options, components: components() });
  await writeFile(join(later.path, '0001-later.sql'), 'create table later (n int); insert into later values (7)');
  const password = databasePasswordOf('internal token', 'catalog');
  const again = await provisionServiceDatabase({
    ...options,
    password,
    components: [...components(), { name: 'later', directory: later.path }],
  });
  expect(await attempt(again.url, 'select n from catalog.later')).toEqual([{ n: 7 }]);
  expect(new URL(again.url).password).toBe(password);
  const { rows } = await database.pool.query<{ verifier: string }>(
    'select rolpassword as verifier from pg_authid where rolname = $1',
    [again.role],
  );
  expect(rows[0]?.verifier).toMatch(/^SCRAM-SHA-256\$4096:/);
});

test('serves all services by one role where the owner may not make roles, and warns', async () => {
  await using database = await createTestDatabase();
  const owner = await database.createRole('owner');
  await database.pool.query(`grant create on database ${database.name} to ${owner.role}`);
  const lines: string[] = [];
  const told = createLogger({ name: 'test', destination: { write: (line) => lines.push(line) } });
  const catalog = await provisionServiceDatabase({
    adminUrl: owner.url,
    service: 'catalog',
    components: components(),
    logger: told,
  });
  expect(catalog).toEqual({ url: owner.url, schema: 'catalog', role: owner.role, migrated: 1 });
  expect(lines.join('')).toContain('may not make roles');
  expect(await attempt(catalog.url, 'select name from catalog.things')).toEqual([{ name: 'secret' }]);
});

test('works for an owner who may make roles but is no superuser', async () => {
  await using database = await createTestDatabase();
  const owner = await database.createRole('owner');
  await database.pool.query(`alter role ${owner.role} createrole; alter database ${database.name} owner to ${owner.role}`);
  await database.pool.query(`revoke connect on database ${database.name} from public`);
  const options = { adminUrl: owner.url, service: 'catalog', components: components(), logger };
  await provisionServiceDatabase(options);
  const catalog = await provisionServiceDatabase({ ...options, password: 'new' });
  expect(catalog.role).toBe(`${database.name}_catalog`);
  expect(await attempt(catalog.url, 'select name from catalog.things')).toEqual([{ name: 'secret' }]);
});

test('takes a role that may make nothing when all is made, and refuses otherwise', async () => {
  await using database = await createTestDatabase();
  const poor = await database.createRole('poor');
  const options = { service: 'catalog', components: components(), logger };
  await expect(provisionServiceDatabase({ ...options, adminUrl: poor.url })).rejects.toMatchObject({
    code: 'COMMON_MIGRATION_REFUSED',
  });
  const { url } = await provisionServiceDatabase({ ...options, adminUrl: database.url });
  expect(await provisionServiceDatabase({ ...options, adminUrl: url })).toMatchObject({ url, role: `${database.name}_catalog` });
});

test('tells that the database cannot be reached, without the password', async () => {
  const options = { adminUrl: 'postgres://odst:planted@127.0.0.1:9/odst', service: 'catalog', components: [], logger };
  const refusal = await provisionServiceDatabase(options).catch((error: unknown) => error);
  expect(refusal).toMatchObject({ code: 'COMMON_DATABASE_UNAVAILABLE', message: expect.stringContaining('ECONNREFUSED') });
  expect(String(refusal)).not.toContain('planted');
});

test('connects with a schema of its own and outlives a broken idle connection', async () => {
  await using database = await createTestDatabase();
  const catalog = await provisionServiceDatabase({
    adminUrl: database.url,
    service: 'catalog',
    components: components(),
    logger,
  });
  const pool = createPool(catalog.url, { applicationName: 'odst catalog', schema: 'catalog', logger });
  expect((await pool.query('select name from things')).rows).toEqual([{ name: 'secret' }]);
  await database.pool.query("select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'odst catalog'");
  const rows = await eventually(async () => (await pool.query('select name from things')).rows);
  expect(rows).toEqual([{ name: 'secret' }]);
  await pool.end();
});
