import { randomBytes } from 'node:crypto';
import { constants, type Stats } from 'node:fs';
import { type FileHandle, open, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { isPasswordHash } from './password-hash.ts';

/** Asks the server of a data directory for another password of an account, whose owner forgot it. */
export type PasswordReset = {
  /** Tells it from others; what is done under it is done once. */
  readonly id: string;
  readonly username: string;
  /** As of `hashPassword`. The password itself is written nowhere. A secret. */
  readonly passwordHash: string;
  /** User of the machine who asks, for the log. */
  readonly requestedBy: string;
};

/** A request that waits, or why what lies in its place is none. */
export type FoundReset = { readonly reset: PasswordReset } | { readonly fault: string };

const fileName = 'password-reset.json';
const refusedName = 'password-reset.refused.json';
const mostBytes = 10_000;

/**
 * Puts a request into a data directory, in the place of one that waits there. It comes into being whole, readable by the directory's
 * owner only, and survives a crash once this has returned.
 * @returns why the server would not take it, as on a file system that keeps no modes; then nothing is left. undefined where it will
 * @throws Error of the system where the folder is not there, or the caller is neither its owner nor root
 */
export async function writePasswordReset(dataDir: string, reset: PasswordReset): Promise<string | undefined> {
  const { uid, gid } = await stat(dataDir);
  const name = `${fileName}.new-${randomBytes(6).toString('hex')}`;
  const growing = join(dataDir, name);
  try {
    const file = await open(growing, 'wx', 0o600);
    try {
      await file.chmod(0o600);
      // Root writes for the user that the server runs as. Nobody else may give files away: who is neither is refused here.
      if (process.getuid?.() !== uid) await file.chown(uid, gid);
      await file.writeFile(`${JSON.stringify(reset)}\n`);
      await file.sync();
    } finally {
      await file.close();
    }
    const written = await readReset(dataDir, name);
    if (written === undefined || 'fault' in written) return written?.fault ?? 'it vanished';
    await rename(growing, join(dataDir, fileName));
  } finally {
    await rm(growing, { force: true });
  }
  const folder = await open(dataDir, 'r');
  await folder.sync().finally(() => folder.close());
  return undefined;
}

/**
 * The request that waits in a data directory; undefined for none. Only a regular file counts that belongs to the owner of the directory,
 * and that nobody else can read or write.
 */
export async function findPasswordReset(dataDir: string): Promise<FoundReset | undefined> {
  return await readReset(dataDir, fileName);
}

/** The request that the server refused last, as `setAsidePasswordReset` left it; undefined for none. */
export async function findRefusedReset(dataDir: string): Promise<FoundReset | undefined> {
  return await readReset(dataDir, refusedName);
}

/** Takes a request away that was done, unless another one came into its place. */
export async function removePasswordReset(dataDir: string, id: string): Promise<void> {
  const found = await findPasswordReset(dataDir);
  if (found !== undefined && 'reset' in found && found.reset.id === id) await rm(join(dataDir, fileName), { force: true });
}

/** Leaves what does not count under another name, in the place of what was refused before. @returns that name */
export async function setAsidePasswordReset(dataDir: string): Promise<string> {
  await rename(join(dataDir, fileName), join(dataDir, refusedName));
  return refusedName;
}

async function readReset(dataDir: string, name: string): Promise<FoundReset | undefined> {
  let file: FileHandle;
  try {
    // Neither a link leads elsewhere, nor does a pipe hold the reader up.
    file = await open(join(dataDir, name), constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT') return undefined;
    return { fault: code === 'ELOOP' ? 'it is a symbolic link' : `it cannot be read (${code})` };
  }
  try {
    const fault = faultOf(await file.stat(), (await stat(dataDir)).uid);
    return fault === undefined ? resetOf(await file.readFile('utf8')) : { fault };
  } finally {
    await file.close();
  }
}

function faultOf(file: Stats, owner: number): string | undefined {
  const { uid, mode, size } = file;
  if (!file.isFile()) return 'it is no regular file';
  if (uid !== owner) return `it belongs to user ${uid}, the data directory to user ${owner}`;
  if ((mode & 0o077) !== 0) return `others than its owner may read or write it (mode ${(mode & 0o777).toString(8)})`;
  return size > mostBytes ? 'it is too long' : undefined;
}

function resetOf(text: string): FoundReset {
  const fault = 'it is not of the form that odst accounts reset-password writes';
  try {
    const { id, username, passwordHash, requestedBy } = JSON.parse(text) as Record<string, unknown>;
    if (![id, username, passwordHash, requestedBy].every((value) => typeof value === 'string' && value !== '')) return { fault };
    const reset = { id, username, passwordHash, requestedBy } as PasswordReset;
    return isPasswordHash(reset.passwordHash) ? { reset } : { fault };
  } catch {
    return { fault };
  }
}
