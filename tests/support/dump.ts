import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { startEmbeddedPostgres } from '@odst/embedded-postgres';
import { createSilentLogger } from '@odst/telemetry';
import { requirement } from '@odst/testing';
import pg from 'pg';
import { guideBlock } from './guide.ts';

const run = promisify(execFile);
const guide = 'docs/guides/backups.md';

/** That of the embedded PostgreSQL; pg_dump refuses servers that are newer than itself. */
const leastVersion = 18;

/** A database that was restored. Disposing stops its PostgreSQL. */
export type RestoredDatabase = AsyncDisposable & {
  /** As the role that owns it, which is no superuser. */
  readonly url: string;
};

/** Whether this machine has a pg_dump, and a pg_restore with it, that can read the embedded PostgreSQL. */
export function hasPgDump(): Promise<boolean> {
  return requirement('pg_dump', async () => (await versionOf('pg_dump')) >= leastVersion);
}

async function versionOf(command: string): Promise<number> {
  const { stdout } = await run(command, ['--version']).catch(() => ({ stdout: '' }));
  return Number(/ (\d+)[.\d]*/.exec(stdout)?.[1] ?? 0);
}

/** Runs a block of the guide as its reader does; the first command that fails ends it. */
async function runBlock(mark: string, places: Readonly<Record<string, string>>): Promise<void> {
  await run('sh', ['-euc', await guideBlock(guide, mark, places)]);
}

/** Dumps the database of a standalone server while it runs, as its operator would. */
export function dumpDatabase(dataDir: string, file: string): Promise<void> {
  return runBlock('dump-embedded', { '/var/lib/odst': dataDir, '/backup/odst.dump': file });
}

/** Dumps a database of one's own. */
export function dumpOwnDatabase(url: string, file: string): Promise<void> {
  return runBlock('dump', { $DATABASE_URL: url, '/backup/odst.dump': file });
}

/**
 * Makes a PostgreSQL that never ran before, and in it a role and a database as the guide has them, into which a dump is
 * restored. Roles and rights of the services are made by the server's start.
 */
export async function restoreIntoNewCluster(file: string, dataDir: string): Promise<RestoredDatabase> {
  await using stack = new AsyncDisposableStack();
  const cluster = stack.use(await startEmbeddedPostgres({ dataDir, logger: createSilentLogger() }));
  const owner = 'restored';
  // The cluster has a role and a database of the guide's name already.
  const statements = (await guideBlock(guide, 'role', { odst: owner })).trim().split('\n');
  const client = new pg.Client(cluster.connection);
  await client.connect();
  for (const statement of statements) await client.query(statement);
  await client.end();
  const url = cluster.url(owner, owner);
  await runBlock('restore', { 'postgres://odst:a-long-password@127.0.0.1:5432/odst': url, '/backup/odst.dump': file });
  const restored = stack.move();
  return { url, [Symbol.asyncDispose]: () => restored.disposeAsync() };
}
