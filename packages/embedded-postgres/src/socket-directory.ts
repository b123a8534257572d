import { createHash } from 'node:crypto';
import { chmod, lstat, mkdir, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { OdstError } from '@odst/kernel';
import type { RunAs } from './run-as.ts';

/** Port number in the name of the socket file; no TCP port is opened. */
export const socketPort = 5432;

/** Longest folder that leaves room for `/.s.PGSQL.5432` within the 103 bytes that every system allows a socket path. */
const maxFolderBytes = 88;

/**
 * Makes the folder of the server's socket: `odst-<hash of the data directory>` in the folder for temporary files,
 * open to this user only, because whoever enters it is let in without a password. Not in the data directory, whose path may
 * be longer than a socket's may be. Sockets of a server that was killed are removed; call it only while holding
 * the directory's lock and with no orphan alive.
 * @throws OdstError COMMON_DATABASE_UNAVAILABLE when somebody else made a folder of that name
 */
export async function prepareSocketDirectory(dataDir: string, runAs: RunAs): Promise<string> {
  const name = `odst-${createHash('sha256').update(dataDir).digest('hex').slice(0, 12)}`;
  const preferred = join(tmpdir(), name);
  const folder = Buffer.byteLength(preferred) <= maxFolderBytes ? preferred : join('/tmp', name);
  await mkdir(folder, { recursive: true, mode: 0o700 });
  runAs.own(folder);
  const stat = await lstat(folder);
  const mine = runAs.owner ?? process.getuid?.();
  if (!stat.isDirectory() || (mine !== undefined && stat.uid !== mine)) {
    throw new OdstError('COMMON_DATABASE_UNAVAILABLE', `${folder} is not a folder of this user; remove it or set TMPDIR`);
  }
  await chmod(folder, 0o700);
  for (const file of await readdir(folder)) if (file.startsWith('.s.PGSQL.')) await rm(join(folder, file));
  return folder;
}
