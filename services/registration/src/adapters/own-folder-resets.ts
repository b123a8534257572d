import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { takeDirectoryLock } from '@odst/embedded-postgres/directory-lock';
import { isOdstError } from '@odst/kernel';
import type { Logger } from '@odst/telemetry';
import type { PasswordResets } from '../app/ports.ts';
import { createPasswordResets } from './password-reset-file.ts';

/** Another process that holds the folder may end; a try holds this one up for a quarter of a second. */
const retryMs = 30_000;

/**
 * Takes what `odst accounts reset-password` asks of a registration that is a process of its own. Its folder is to the command what the data
 * directory of a standalone server is: made in `ODST_DATA_DIR`, where that is there, and locked by the process that looks into it. Disposing gives it back.
 */
export function createOwnFolderResets(folder: string, logger: Logger): PasswordResets & Disposable {
  const resets = createPasswordResets(folder);
  let lock: Disposable | undefined;
  let triedAtMs = Number.NEGATIVE_INFINITY;

  const take = async (): Promise<boolean> => {
    if (lock !== undefined) return true;
    if (performance.now() - triedAtMs < retryMs) return false;
    const isFirst = triedAtMs === Number.NEGATIVE_INFINITY;
    triedAtMs = performance.now();
    try {
      await makeFolder(folder);
      lock = takeDirectoryLock(join(folder, 'lock'), folder);
    } catch (error) {
      const isHeld = isOdstError(error, 'COMMON_DATA_DIR_IN_USE');
      if (isFirst && !isHeld)
        logger.info({ err: error, folder }, 'no forgotten password can be set anew as long as this folder cannot be made');
    }
    return lock !== undefined;
  };

  return {
    find: async () => ((await take()) ? await resets.find() : undefined),
    remove: (id) => resets.remove(id),
    setAside: () => resets.setAside(),
    [Symbol.dispose]: () => lock?.[Symbol.dispose](),
  };
}

async function makeFolder(folder: string): Promise<void> {
  try {
    await mkdir(folder, { mode: 0o700 });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
}
