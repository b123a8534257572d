import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { chmod, mkdir, open, readdir, rename, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { OdstError } from '@odst/kernel';
import type { Logger } from '@odst/telemetry';
import { processesOf, until } from './processes.ts';
import { programEnvironment, type RunAs } from './run-as.ts';

/** Name of the role that owns an embedded server. */
export const ownerRole = 'odst';

const flags = [
  '-U',
  ownerRole,
  '--auth-local=trust',
  '--auth-host=reject',
  '--encoding=UTF8',
  '--locale-provider=builtin',
  '--builtin-locale=C.UTF-8',
];

/**
 * Makes the database cluster in `dataDir` where there is none. It grows in a folder beside it and is renamed when whole,
 * so that a death on the way leaves nothing that looks like a cluster. Call it while holding the directory's lock.
 * @throws OdstError COMMON_DATABASE_UNAVAILABLE when the folder holds other files, or initdb fails
 */
export async function initializeDataDirectory(dataDir: string, initdb: string, runAs: RunAs, logger: Logger): Promise<void> {
  if (existsSync(join(dataDir, 'PG_VERSION'))) return;
  await removeEmpty(dataDir);
  const parent = dirname(dataDir);
  const prefix = `${basename(dataDir)}.new-`;
  for (const name of await readdir(parent)) if (name.startsWith(prefix)) await removeHalfMade(join(parent, name), logger);
  const growing = join(parent, `${prefix}${randomBytes(4).toString('hex')}`);
  await mkdir(growing, { mode: 0o700 });
  runAs.own(growing);
  try {
    await run(initdb, ['-D', growing, ...flags], runAs);
  } catch (error) {
    await rm(growing, { recursive: true, force: true });
    throw error;
  }
  await chmod(growing, 0o700);
  await rename(growing, dataDir);
  const handle = await open(parent, 'r');
  await handle.sync().finally(() => handle.close());
  logger.info({ dataDir }, 'made a new database cluster');
}

/** The initdb of a killed server works on without it: it goes first, so that it does not write into what is removed. */
async function removeHalfMade(path: string, logger: Logger): Promise<void> {
  logger.warn({ path }, 'removing a database cluster that was only half made');
  for (const pid of await processesOf(path)) killQuietly(pid);
  await until(async () => (await processesOf(path)).length === 0, 10_000);
  await rm(path, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 });
}

function killQuietly(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

async function run(file: string, args: readonly string[], runAs: RunAs): Promise<void> {
  const { command, args: all, options } = runAs.wrap(file, args);
  try {
    await promisify(execFile)(command, [...all], { ...options, cwd: '/', env: programEnvironment() });
  } catch (cause) {
    const said = String((cause as { stderr?: string }).stderr ?? '').trim();
    throw new OdstError('COMMON_DATABASE_UNAVAILABLE', `initdb failed: ${said || String(cause)}`, {}, { cause });
  }
}

async function removeEmpty(dataDir: string): Promise<void> {
  if (!existsSync(dataDir)) return;
  if ((await readdir(dataDir)).length > 0) {
    throw new OdstError(
      'COMMON_DATABASE_UNAVAILABLE',
      `${dataDir} holds files that are no PostgreSQL database; choose another ODST_DATA_DIR`,
    );
  }
  await rm(dataDir, { recursive: true });
}
