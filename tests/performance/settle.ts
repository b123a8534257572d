import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { runCommand } from './run-command.ts';

/**
 * What the free memory of the machine was doing before a timed step. Virtual machines may hand free memory back to their
 * host within seconds (free page reporting), and getting it anew costs 2 s of a processor for each GiB that goes into the page
 * cache, three times what nginx takes for a whole upload. Where they do not, the two are the same.
 * - `idle`: nothing for a while, as before the upload of an admin: whoever takes memory pays for it.
 * - `warm`: it was in use a moment ago. A step that takes longer than it stays warm pays for the rest.
 */
export type Memory = 'idle' | 'warm';

/** Time after which free memory has gone back to the host. */
const idleMs = 6_000;

/**
 * Makes each timed step begin alike. Nothing is left to be written to the disks: else a step that waits for the disk, as ours
 * do, pays for what those before it left in the page cache. And memory is as asked for, for at least `sizeMiB` twice.
 */
export async function settle(memory: Memory, folder: string, sizeMiB: number): Promise<void> {
  await runCommand('sync', []);
  if (memory === 'idle') {
    await delay(idleMs);
    return;
  }
  const path = join(folder, 'settle');
  await runCommand('dd', ['if=/dev/zero', `of=${path}`, 'bs=1M', `count=${2 * sizeMiB}`, 'status=none']);
  await rm(path);
}
