import { closeSync, existsSync, openSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { OdstError } from '@odst/kernel';

/**
 * How long to try. Two that come at the same moment are both in the way of each other for an instant: without a little patience neither
 * would get the lock, and both were told of an owner that there is not.
 */
const collisionMs = 250;

/** SQLite's result code SQLITE_BUSY: somebody else holds the lock. */
const sqliteBusy = 5;

/**
 * Takes the lock that makes this process the owner of a data directory, or fails within a moment.
 *
 * It must be a lock that the kernel gives back when its holder dies by `kill -9`, and it must be taken before PostgreSQL
 * starts. Node has no call for file locks, but its SQLite takes one (fcntl, or LockFileEx on Windows) on the file
 * of an exclusive transaction. Unlike an abstract socket it holds between containers that share a volume, exists on every
 * system, and nobody without access to the folder can take it in our place. Children do not inherit it.
 * The file stays behind: removing it would let two processes lock two files of one name.
 * @param lockFile made when missing, in a folder that is there
 * @param dataDir named in the refusal
 * @throws OdstError COMMON_DATA_DIR_IN_USE when another process, or this one, holds it
 */
export function takeDirectoryLock(lockFile: string, dataDir: string): Disposable {
  makeFile(lockFile);
  const database = new DatabaseSync(lockFile, { timeout: collisionMs });
  try {
    database.exec('pragma journal_mode = memory; begin exclusive');
  } catch (cause) {
    database.close();
    if ((cause as { errcode?: number }).errcode !== sqliteBusy) throw cause;
    const message = `another server runs on the data directory ${dataDir}; stop it, or choose another ODST_DATA_DIR`;
    throw new OdstError('COMMON_DATA_DIR_IN_USE', message, { dataDir }, { cause });
  }
  return { [Symbol.dispose]: () => database.close() };
}

/**
 * Whether a server runs on a data directory: another process holds its lock. Must not be asked by the process that holds it, whose
 * lock would be given back.
 * @param lockFile need not be there
 */
export function isDirectoryLocked(lockFile: string): boolean {
  if (!existsSync(lockFile)) return false;
  const database = new DatabaseSync(lockFile, { readOnly: true, timeout: 0 });
  try {
    database.exec('select count(*) from sqlite_master');
    return false;
  } catch (error) {
    if ((error as { errcode?: number }).errcode !== sqliteBusy) throw error;
    return true;
  } finally {
    database.close();
  }
}

/** One that is there is not opened: closing it again would give back every lock that this process has on it. */
function makeFile(path: string): void {
  if (existsSync(path)) return;
  try {
    closeSync(openSync(path, 'ax', 0o600));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
}
