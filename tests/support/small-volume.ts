import { execFile } from 'node:child_process';
import { mkdir } from 'node:fs/promises';
import { promisify } from 'node:util';
import { requirement, temporaryDirectory } from '@odst/testing';

const run = promisify(execFile);

/** A volume whose size a test sets. It lies in memory and takes only what is written to it. */
export type SmallVolume = AsyncDisposable & {
  readonly path: string;
  /** Makes it larger, or smaller down to what is used. */
  resize(sizeMegabytes: number): Promise<void>;
};

/** Mounts a volume at a new folder. @throws Error where this process may not mount */
export async function mountSmallVolume(path: string, sizeMegabytes: number): Promise<SmallVolume> {
  await mkdir(path, { recursive: true });
  await run('mount', ['-t', 'tmpfs', '-o', `size=${sizeMegabytes}m,mode=0755`, 'odst-test', path]);
  return {
    path,
    resize: async (newMegabytes) => {
      await run('mount', ['-o', `remount,size=${newMegabytes}m`, path]);
    },
    [Symbol.asyncDispose]: async () => {
      await run('umount', [path]);
    },
  };
}

/** Whether this process may mount volumes. */
export const canMount = (): Promise<boolean> =>
  requirement('mount', async () => {
    await using folder = await temporaryDirectory();
    try {
      await using _volume = await mountSmallVolume(folder.path, 1);
      return true;
    } catch {
      return false;
    }
  });
