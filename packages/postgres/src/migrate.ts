import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { OdstError } from '@odst/kernel';
import type { Logger } from '@odst/telemetry';
import pg from 'pg';
import { underLock } from './advisory-lock.ts';
import { inTransactionOn } from './transaction.ts';

/** Migrations of one part of a schema: the service's own, or those that a package brings along. */
export type MigrationComponent = {
  /** Name under which they are remembered; never changed. */
  readonly name: string;
  /** Folder of plain SQL files `0001-name.sql`. They run with `search_path` set to the schema. */
  readonly directory: string;
};

/** Of {@link migrate}. */
export type MigrateOptions = {
  /** A connection as the owner of the schema, not in a transaction. */
  readonly client: pg.ClientBase;
  /** Made when missing. */
  readonly schema: string;
  /** In the order in which they are to run. */
  readonly components: readonly MigrationComponent[];
  readonly logger: Logger;
};

/** PostgreSQL's undefined_table: no migration ever ran. */
const undefinedTable = '42P01';

type Applied = ReadonlyMap<string, string>;

/** One step of a schema. */
type MigrationFile = {
  /** `0001-name.sql` */
  readonly name: string;
  readonly sql: string;
  /** SHA-256 of the text in hex; line ends of another system do not count. */
  readonly checksum: string;
};

/**
 * Brings a schema up to date: runs each file that has not run yet, in order, each in a transaction with its row
 * in `<schema>.migrations`. Only forward. Several processes may do it at once: an advisory lock lets one at a time.
 * @returns how many files ran; each is logged for debugging
 * @throws OdstError COMMON_MIGRATION_REFUSED when a file that ran was changed, or a newer version was here before
 */
export async function migrate(options: MigrateOptions): Promise<number> {
  const { client, components } = options;
  const schema = pg.escapeIdentifier(options.schema);
  const files = await Promise.all(components.map(({ directory }) => readMigrationFiles(directory)));
  let count = 0;
  await withMigrationLock(client, async () => {
    await client.query(`create schema if not exists ${schema}`);
    await client.query(`create table if not exists ${schema}.migrations (
      component text not null, name text not null, checksum text not null, applied_at timestamptz not null default now(),
      primary key (component, name))`);
    for (const [index, component] of components.entries()) {
      const applied = await appliedOf(client, schema, component.name);
      for (const file of pendingFiles(options.schema, component.name, files[index] ?? [], applied)) {
        await apply(client, options.schema, component.name, file);
        options.logger.debug({ schema: options.schema, component: component.name, migration: file.name }, 'migrated');
        count += 1;
      }
    }
  });
  return count;
}

/**
 * Checks that a schema is up to date, for a role that may not change it.
 * @throws OdstError COMMON_MIGRATION_REFUSED when it is not
 */
export async function checkMigrated(options: Omit<MigrateOptions, 'logger'>): Promise<void> {
  const schema = pg.escapeIdentifier(options.schema);
  for (const { name, directory } of options.components) {
    const applied = await appliedOf(options.client, schema, name).catch((error: { code?: string }) => {
      if (error.code === undefinedTable) return new Map<string, string>();
      throw error;
    });
    const [missing] = pendingFiles(options.schema, name, await readMigrationFiles(directory), applied);
    if (missing !== undefined)
      throw refusal(options.schema, name, missing.name, 'has not run: start once as the owner of the database');
  }
}

/** The `0001-name.sql` files of a folder in their order; other files are left alone. */
async function readMigrationFiles(directory: string): Promise<readonly MigrationFile[]> {
  const names = (await readdir(directory)).filter((name) => /^\d{4}-[a-z0-9-]+\.sql$/.test(name)).sort();
  return Promise.all(
    names.map(async (name) => {
      const sql = (await readFile(join(directory, name), 'utf8')).replaceAll('\r\n', '\n');
      return { name, sql, checksum: createHash('sha256').update(sql).digest('hex') };
    }),
  );
}

function refusal(schema: string, component: string, name: string, why: string): OdstError {
  const message = `the migration ${component}/${name} of the schema ${schema} ${why}`;
  return new OdstError('COMMON_MIGRATION_REFUSED', message, { schema, component, name });
}

/**
 * The files that have not run, after comparing those that have.
 * @throws OdstError COMMON_MIGRATION_REFUSED
 */
function pendingFiles(
  schema: string,
  component: string,
  files: readonly MigrationFile[],
  applied: Applied,
): readonly MigrationFile[] {
  const refuse = (name: string, why: string) => refusal(schema, component, name, why);
  const known = new Set(files.map(({ name }) => name));
  for (const name of applied.keys()) {
    if (!known.has(name)) throw refuse(name, 'ran once and is unknown to this version: start the newer version that made it');
  }
  const last = [...applied.keys()].sort().at(-1) ?? '';
  const pending = files.filter(({ name }) => !applied.has(name));
  for (const { name, checksum } of files) {
    const before = applied.get(name);
    if (before !== undefined && before !== checksum)
      throw refuse(name, 'was changed after it ran: put it back, and write a new one');
    if (before === undefined && name < last)
      throw refuse(name, `comes before ${last}, which ran already: give it the next number`);
  }
  return pending;
}

async function apply(client: pg.ClientBase, schema: string, component: string, file: MigrationFile): Promise<void> {
  const table = `${pg.escapeIdentifier(schema)}.migrations`;
  const values = [component, file.name, file.checksum];
  await inTransactionOn(
    client,
    async (transaction) => {
      await transaction.query(file.sql);
      await transaction.query(`insert into ${table} (component, name, checksum) values ($1, $2, $3)`, values);
    },
    { schema },
  );
}

async function appliedOf(client: pg.ClientBase, schema: string, component: string): Promise<Applied> {
  const { rows } = await client.query<{ name: string; checksum: string }>(
    `select name, checksum from ${schema}.migrations where component = $1`,
    [component],
  );
  return new Map(rows.map(({ name, checksum }) => [name, checksum]));
}

/** Runs `work` while no other process migrates or provisions in this database. Not reentrant. */
export function withMigrationLock<T>(client: pg.ClientBase, work: () => Promise<T>): Promise<T> {
  return underLock(client, 'odst.migrations', work);
}
