import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

/** PSS in MiB of a standalone server: its Node process and its PostgreSQL with all backends (Linux). */
export async function serverMemoryMiB(nodePid: number, dataDir: string): Promise<number> {
  const postmaster = await postmasterOf(dataDir);
  const backends = postmaster === undefined ? [] : [postmaster, ...(await childrenOf(postmaster))];
  const sizes = await Promise.all([nodePid, ...backends].map(pssKiB));
  return sizes.reduce((sum, size) => sum + size, 0) / 1_024;
}

/** Samples the memory every 100 ms until stopped, and gives the highest. */
export function watchMemory(nodePid: number, dataDir: string): { stop(): Promise<number> } {
  const stopped = new AbortController();
  const sampling = (async () => {
    let highest = 0;
    while (!stopped.signal.aborted) {
      highest = Math.max(highest, await serverMemoryMiB(nodePid, dataDir));
      await delay(100);
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

async function postmasterOf(dataDir: string): Promise<number | undefined> {
  const folders = await readdir(dataDir, { recursive: true, withFileTypes: true });
  const pidFile = folders.find((entry) => entry.name === 'postmaster.pid');
  return pidFile === undefined
    ? undefined
    : Number((await readFile(join(pidFile.parentPath, pidFile.name), 'utf8')).split('\n')[0]);
}

async function childrenOf(pid: number): Promise<number[]> {
  const text = await readFile(`/proc/${pid}/task/${pid}/children`, 'utf8');
  return text.trim().split(/\s+/).filter(Boolean).map(Number);
}

/** 0 for a process that ended meanwhile, as backends do. */
async function pssKiB(pid: number): Promise<number> {
  try {
    return Number(/^Pss:\s+(\d+) kB$/m.exec(await readFile(`/proc/${pid}/smaps_rollup`, 'utf8'))?.[1] ?? 0);
  } catch (error) {
    if (['ENOENT', 'ESRCH'].includes((error as NodeJS.ErrnoException).code ?? '')) return 0;
    throw error;
  }
}
