import { randomBytes } from 'node:crypto';
import { link, mkdir, open, readFile, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { OdstError } from '@odst/kernel';

const keyBytes = 32;

/**
 * The key of 32 bytes that a file holds in base64; made at the first call, readable by this user only. It comes into being
 * whole or not at all, survives a crash once this has returned, and of several processes that make it at once all get the same.
 * @throws OdstError COMMON_SECRET_UNREADABLE when the file holds something else
 */
export async function loadOrCreateKeyFile(path: string): Promise<Buffer> {
  const present = await readKey(path);
  if (present !== undefined) return present;
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  await createKey(path);
  const made = await readKey(path);
  if (made === undefined) throw new OdstError('COMMON_SECRET_UNREADABLE', `the key file ${path} vanished while it was made`);
  return made;
}

async function readKey(path: string): Promise<Buffer | undefined> {
  const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw new OdstError('COMMON_SECRET_UNREADABLE', `the key file ${path} cannot be read (${error.code})`, {}, { cause: error });
  });
  if (text === undefined) return undefined;
  const key = Buffer.from(text.trim(), 'base64');
  if (key.length !== keyBytes) {
    throw new OdstError(
      'COMMON_SECRET_UNREADABLE',
      `the key file ${path} does not hold ${keyBytes} bytes in base64; put it back from a backup`,
    );
  }
  return key;
}

/** Linking the finished file to its name fails when another process was faster; renaming would replace the other's key. */
async function createKey(path: string): Promise<void> {
  const growing = `${path}.new-${randomBytes(6).toString('hex')}`;
  try {
    const file = await open(growing, 'wx', 0o600);
    try {
      await file.writeFile(`${randomBytes(keyBytes).toString('base64')}\n`);
      await file.sync();
    } finally {
      await file.close();
    }
    await link(growing, path).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'EEXIST') throw error;
    });
  } finally {
    await rm(growing, { force: true });
  }
  const folder = await open(dirname(path), 'r');
  await folder.sync().finally(() => folder.close());
}
