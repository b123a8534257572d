import { createHash, randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { chmod, lstat, mkdir, readdir, readFile, rename, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isOdstError, OdstError } from '@odst/kernel';
import type { Logger } from '@odst/telemetry';
import { takeDirectoryLock } from './directory-lock.ts';
import { isServerOf, until } from './processes.ts';

/** Port number in the name of PostgreSQL's socket file; no TCP port is opened. */
export const socketPort = 5432;

/** Longest folder that leaves room for `/.s.PGSQL.5432` within the 103 bytes that every system allows a socket path. */
const maxFolderBytes = 88;

/** Holds the lock of whoever uses the folder, for as long as that process lives. */
const lockFile = 'lock';

/** Folders as they are named here; those on their way out end with `.gone`. */
const folderName = /^odst-[0-9a-f]{12}(-services)?([.][0-9a-f]{8}[.]gone)?$/;

const claimLimitMs = 10_000;

/** Nobody needs so long from making a folder to locking it, apart from who was killed in between. */
const lockWithinMs = 60_000;

/** A folder for Unix sockets. Disposing removes it. */
export interface SocketFolder extends AsyncDisposable {
  readonly path: string;
}

/** What {@link openSocketFolder} takes. */
export type SocketFolderOptions = {
  /** Real path of the data directory, whose lock the caller holds. The folder is named after it. */
  readonly dataDir: string;
  /** Whose sockets they are. */
  readonly purpose: 'postgres' | 'services';
  /** Hands the new folder to the user whose sockets they are. Default: they are this process's. */
  readonly own?: (path: string) => void;
  /** That user's id. Default this process's. */
  readonly owner?: number | undefined;
  readonly logger: Logger;
};

/**
 * Makes a folder for Unix sockets, open to one user only: whoever enters it is let in without a password. It lies in the folder
 * for temporary files, as a socket's path may have about 100 bytes only. What a killed server left in it is removed, and so are
 * the folders of other killed servers of this user.
 * @throws OdstError COMMON_SETTING_INVALID when somebody else made a folder of that name
 */
export async function openSocketFolder(options: SocketFolderOptions): Promise<SocketFolder> {
  const { dataDir, purpose, owner = process.getuid?.(), own = () => undefined, logger } = options;
  const hash = createHash('sha256').update(dataDir).digest('hex').slice(0, 12);
  const name = `odst-${hash}${purpose === 'services' ? '-services' : ''}`;
  const parent = Buffer.byteLength(join(tmpdir(), name)) <= maxFolderBytes ? tmpdir() : '/tmp';
  await removeAbandoned(parent, owner, logger);
  const path = join(parent, name);
  let lock: Disposable | undefined;
  const claimed = await until(async () => {
    await makeFolder(path, owner, own);
    lock = await tryLock(path);
    return lock !== undefined;
  }, claimLimitMs);
  if (!claimed) throw new OdstError('COMMON_SETTING_INVALID', `${path} is in use by another process; set TMPDIR`);
  for (const file of await readdir(path)) if (file !== lockFile) await rm(join(path, file), { recursive: true, force: true });
  return { path, [Symbol.asyncDispose]: () => removeLocked(path, lock) };
}

async function makeFolder(path: string, owner: number | undefined, own: (path: string) => void): Promise<void> {
  const isNew = (await mkdir(path, { recursive: true, mode: 0o700 })) !== undefined;
  if (isNew) own(path);
  if (!(await isFolderOf(path, owner)))
    throw new OdstError('COMMON_SETTING_INVALID', `${path} is not a folder of this user; remove it or set TMPDIR`);
  await chmod(path, 0o700);
}

async function isFolderOf(path: string, owner: number | undefined): Promise<boolean> {
  const stat = await lstat(path).catch(() => undefined);
  return stat?.isDirectory() === true && (owner === undefined || stat.uid === owner);
}

/** Takes the folder's lock; undefined when another one has it, or the folder was removed meanwhile by who had it. */
async function tryLock(path: string): Promise<Disposable | undefined> {
  const file = join(path, lockFile);
  try {
    const lock = takeDirectoryLock(file, path);
    if (existsSync(file)) return lock;
    lock[Symbol.dispose]();
  } catch (error) {
    if (existsSync(file) && !isOdstError(error, 'COMMON_DATA_DIR_IN_USE')) throw error;
  }
  return undefined;
}

/**
 * Removes the folders whose servers were killed: their lock is free, and no PostgreSQL of theirs runs on. One that was killed
 * before it took the lock left none.
 */
async function removeAbandoned(parent: string, owner: number | undefined, logger: Logger): Promise<void> {
  // A folder for temporary files may be closed to who only wants to look.
  for (const name of await readdir(parent).catch(() => [])) {
    const path = join(parent, name);
    if (!folderName.test(name) || !(await isFolderOf(path, owner))) continue;
    if (name.endsWith('.gone')) await rm(path, { recursive: true, force: true });
    else if ((await isLockable(path)) && !(await hasServer(path))) await removeIfFree(path, logger);
  }
}

/** Whether it has a lock, or should have had one long ago; else it is just being made. */
async function isLockable(path: string): Promise<boolean> {
  if (existsSync(join(path, lockFile))) return true;
  const made = await lstat(path).catch(() => undefined);
  return made !== undefined && Date.now() - made.mtimeMs > lockWithinMs;
}

async function removeIfFree(path: string, logger: Logger): Promise<void> {
  const lock = await tryLock(path);
  if (lock === undefined) return;
  await removeLocked(path, lock);
  logger.info({ path }, 'removed the sockets of a killed server');
}

/** Whether the PostgreSQL lives whose socket lies here: its lock file names it in the first line, its data in the second. */
async function hasServer(path: string): Promise<boolean> {
  const content = await readFile(join(path, `.s.PGSQL.${socketPort}.lock`), 'utf8').catch(() => '');
  const [pid = '', dataDir = ''] = content.split('\n');
  return dataDir !== '' && isServerOf(Number(pid), dataDir);
}

/** Renamed first: who makes the folder anew meanwhile must not lose what is new. */
async function removeLocked(path: string, lock: Disposable | undefined): Promise<void> {
  const gone = `${path}.${randomBytes(4).toString('hex')}.gone`;
  try {
    await rename(path, gone);
  } catch (error) {
    // The system clears away old temporary files too.
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  } finally {
    lock?.[Symbol.dispose]();
  }
  await rm(gone, { recursive: true, force: true });
}
