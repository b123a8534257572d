import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { type EmbeddedPostgres, startEmbeddedPostgres } from '@odst/embedded-postgres';
import { createSilentLogger } from '@odst/telemetry';
import { requirement } from '@odst/testing';
import { serverDatabase } from './server-database.ts';

const run = promisify(execFile);

/** That of the embedded PostgreSQL; pg_dump refuses servers that are newer than itself. */
const leastVersion = 18;

/** Whether this machine has a pg_dump, and a pg_restore with it, that can read the embedded PostgreSQL. */
export function hasPgDump(): Promise<boolean> {
  return requirement('pg_dump', async () => (await versionOf('pg_dump')) >= leastVersion);
}

async function versionOf(command: string): Promise<number> {
  const { stdout } = await run(command, ['--version']).catch(() => ({ stdout: '' }));
  return Number(/ (\d+)[.\d]*/.exec(stdout)?.[1] ?? 0);
}

/** Dumps the database of a standalone server while it runs, as its operator would. */
export async function dumpDatabase(dataDir: string, file: string): Promise<void> {
  const { host, port, user, database } = await serverDatabase(dataDir);
  await run('pg_dump', ['-Fc', '-h', host, '-p', String(port), '-U', user, '-d', database, '-f', file]);
}

/** Makes a PostgreSQL that never ran before, and restores a dump into it. Roles and rights are made by the server's start. */
export async function restoreIntoNewCluster(file: string, dataDir: string): Promise<EmbeddedPostgres> {
  await using stack = new AsyncDisposableStack();
  const cluster = stack.use(await startEmbeddedPostgres({ dataDir, logger: createSilentLogger() }));
  await run('pg_restore', ['--no-owner', '--no-acl', '--exit-on-error', '-d', cluster.url(), file]);
  stack.move();
  return cluster;
}
