import { randomBytes } from 'node:crypto';
import { link, mkdir, open, readFile, rename, rm, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { OdstError } from '@odst/kernel';
import { keyIdOfKey } from './key-id.ts';

const keyBytes = 32;

/**
 * The keys of 32 bytes that a file holds in base64, a line each, the newest first: several while they are changed. The first is made at the
 * first call, readable by this user only. It comes into being whole or not at all, survives a crash once this has returned, and of several
 * processes that make it at once all get the same.
 * @throws OdstError COMMON_SECRET_UNREADABLE when the file holds something else
 */
export async function loadOrCreateKeyFile(path: string): Promise<readonly Buffer[]> {
  const present = await readKeys(path);
  if (present !== undefined) return present;
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  await createKey(path);
  const made = await readKeys(path);
  if (made === undefined) throw new OdstError('COMMON_SECRET_UNREADABLE', `the key file ${path} vanished while it was made`);
  return made;
}

/** What a change of keys does. Ids are no secrets. */
export type KeyChange = {
  /** Id of the key that was the newest. */
  readonly before: string;
  /** Id of the new one; undefined where a change waits already, and nothing is done. */
  readonly after: string | undefined;
};

/**
 * Puts a new key before the one that a file has: what opens the file then encrypts with the new one, and still reads what the other did.
 * @param options.isDry changes nothing
 * @returns undefined where there is no such file
 * @throws OdstError COMMON_SECRET_UNREADABLE when the file holds something else
 */
export async function addKey(path: string, { isDry }: { readonly isDry: boolean }): Promise<KeyChange | undefined> {
  const keys = await readKeys(path);
  const [before, ...older] = keys ?? [];
  if (before === undefined) return undefined;
  if (older.length > 0) return { before: keyIdOfKey(before), after: undefined };
  const key = randomBytes(keyBytes);
  if (!isDry) await writeKeys(path, [key, before]);
  return { before: keyIdOfKey(before), after: keyIdOfKey(key) };
}

/**
 * Takes the older keys out of a file, once nothing is encrypted with them any more.
 * @param loaded what was read of it: where it has other keys by now, nothing is done
 * @returns id of the key that stays, where others went
 */
export async function dropOlderKeys(path: string, loaded: readonly Uint8Array[]): Promise<string | undefined> {
  const keys = (await readKeys(path)) ?? [];
  const [newest, ...older] = keys;
  if (newest === undefined || older.length === 0) return undefined;
  if (keys.length !== loaded.length || keys.some((key, index) => !key.equals(loaded[index] ?? key.subarray(1)))) return undefined;
  await writeKeys(path, [newest]);
  return keyIdOfKey(newest);
}

async function readKeys(path: string): Promise<readonly Buffer[] | undefined> {
  const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw new OdstError('COMMON_SECRET_UNREADABLE', `the key file ${path} cannot be read (${error.code})`, {}, { cause: error });
  });
  if (text === undefined) return undefined;
  const keys = text
    .trim()
    .split('\n')
    .map((line) => Buffer.from(line.trim(), 'base64'));
  if (keys.some(({ length }) => length !== keyBytes)) {
    throw new OdstError(
      'COMMON_SECRET_UNREADABLE',
      `the key file ${path} does not hold ${keyBytes} bytes in base64; put it back from a backup`,
    );
  }
  return keys;
}

/** Linking the finished file to its name fails when another process was faster; renaming would replace the other's key. */
async function createKey(path: string): Promise<void> {
  await withGrowing(path, [randomBytes(keyBytes)], async (growing) => {
    await link(growing, path).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'EEXIST') throw error;
    });
  });
}

/** Whoever reads it finds the keys before or these, whole. It belongs to whom it did, also where root writes it. */
async function writeKeys(path: string, keys: readonly Uint8Array[]): Promise<void> {
  await withGrowing(path, keys, (growing) => rename(growing, path), await stat(path));
}

async function withGrowing(
  path: string,
  keys: readonly Uint8Array[],
  place: (growing: string) => Promise<void>,
  owner?: { readonly uid: number; readonly gid: number },
): Promise<void> {
  const growing = `${path}.new-${randomBytes(6).toString('hex')}`;
  try {
    const file = await open(growing, 'wx', 0o600);
    try {
      if (owner !== undefined && process.getuid?.() !== owner.uid) await file.chown(owner.uid, owner.gid);
      await file.writeFile(keys.map((key) => `${Buffer.from(key).toString('base64')}\n`).join(''));
      await file.sync();
    } finally {
      await file.close();
    }
    await place(growing);
  } finally {
    await rm(growing, { force: true });
  }
  const folder = await open(dirname(path), 'r');
  await folder.sync().finally(() => folder.close());
}
