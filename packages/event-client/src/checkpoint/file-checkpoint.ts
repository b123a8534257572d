import { open, readFile, rename } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { Checkpoint } from './checkpoint.ts';

/**
 * Builds a checkpoint in a file of its own, readable by its user only. A save replaces it in one step and is on disk when it
 * resolves: whenever the machine stops, the file has this position or the one before.
 * @param path in a folder that exists; beside it `<path>.new` is written
 */
export function createFileCheckpoint(path: string): Checkpoint {
  return {
    async load() {
      try {
        const text = (await readFile(path, 'utf8')).trim();
        return text === '' ? undefined : text;
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
        throw error;
      }
    },
    async save(position) {
      const written = `${path}.new`;
      await onFile(written, 'w', async (file) => {
        await file.writeFile(`${position}\n`);
        await file.sync();
      });
      await rename(written, path);
      await onFile(dirname(path), 'r', (folder) => folder.sync());
    },
  };
}

async function onFile(
  path: string,
  flags: string,
  work: (file: Awaited<ReturnType<typeof open>>) => Promise<void>,
): Promise<void> {
  const file = await open(path, flags, 0o600);
  try {
    await work(file);
  } finally {
    await file.close();
  }
}
