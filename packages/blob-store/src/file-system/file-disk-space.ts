import { statfs } from 'node:fs/promises';
import type { DiskSpace } from '../disk-space.ts';

/** The volume that `folder` is on, as the operating system counts it. */
export function createFileDiskSpace(folder: string): DiskSpace {
  return {
    async measure() {
      const { bsize, blocks, bavail, bfree } = await statfs(folder);
      return { totalBytes: blocks * bsize, freeBytes: bavail * bsize, usedBytes: (blocks - bfree) * bsize };
    },
  };
}
