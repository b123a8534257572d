import { createHash } from 'node:crypto';
import { chmod, lstat, mkdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { OdstError } from '@odst/kernel';

/**
 * Makes the folder of the services' sockets, open to this user only. It is named after the data directory and lies in
 * the folder for temporary files, because a socket's path may have about 100 bytes only.
 * @throws OdstError COMMON_SETTING_INVALID when somebody else made a folder of that name
 */
export async function prepareSocketFolder(dataDir: string): Promise<string> {
  const folder = join(tmpdir(), `odst-${createHash('sha256').update(dataDir).digest('hex').slice(0, 12)}-services`);
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const stat = await lstat(folder);
  if (!stat.isDirectory() || stat.uid !== process.getuid?.()) {
    throw new OdstError('COMMON_SETTING_INVALID', `${folder} is not a folder of this user; remove it or set TMPDIR`);
  }
  await chmod(folder, 0o700);
  return folder;
}
