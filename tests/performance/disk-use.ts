import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

const blockBytes = 512;

/** Bytes that the files below the folders occupy; a file that goes away meanwhile counts nothing. */
async function diskUseBytes(folders: readonly string[]): Promise<number> {
  let sum = 0;
  for (const folder of folders) {
    for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
      if (entry.isFile()) sum += await occupied(join(entry.parentPath, entry.name));
    }
  }
  return sum;
}

async function occupied(path: string): Promise<number> {
  try {
    return (await stat(path)).blocks * blockBytes;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return 0;
    throw error;
  }
}

/** Samples every 20 ms by how much the folders grow, until stopped; gives the highest growth. */
export async function watchDiskGrowth(folders: readonly string[]): Promise<{ stop(): Promise<number> }> {
  const before = await diskUseBytes(folders);
  const stopped = new AbortController();
  const sampling = (async () => {
    let highest = 0;
    while (!stopped.signal.aborted) {
      highest = Math.max(highest, (await diskUseBytes(folders)) - before);
      await delay(20);
    }
    return highest;
  })();
  return {
    stop() {
      stopped.abort();
      return sampling;
    },
  };
}
