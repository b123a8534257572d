import { constants } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { errnoOf } from './file-errors.ts';
import { createWriteQueue, type WriteQueue } from './write-queue.ts';

/** What positions, lengths and memory must be multiples of, so that any disk takes them past the page cache. */
const blockBytes = 4_096;

/** Writes of one file that may go past the page cache. */
export interface FileWrites extends WriteQueue, AsyncDisposable {}

/**
 * Writes a file past the page cache (open(2), O_DIRECT) as far as system, file system and the memory of the bytes allow it;
 * the rest, as the end of a file that fills no block, goes the usual way. Read through `handle`, both are there.
 * Undefined where the file cannot be opened like this.
 * @param handle the same file, opened as usual; stays the caller's
 */
export async function openDirectWrites(path: string, handle: FileHandle): Promise<FileWrites | undefined> {
  const directHandle = await openDirect(path);
  if (directHandle === undefined) return undefined;
  const direct = createWriteQueue(directHandle);
  const cached = createWriteQueue(handle);
  let possible = true;

  const writeBlocks = async (bytes: Uint8Array, position: number): Promise<void> => {
    try {
      await direct.write(bytes, position);
    } catch (error) {
      // Memory that begins elsewhere, a disk with larger blocks, a file system that only lets itself be opened like this.
      if (errnoOf(error) !== 'EINVAL') throw error;
      possible = false;
      await cached.write(bytes, position);
    }
  };
  return {
    async write(bytes, position) {
      const wholeBytes = possible && position % blockBytes === 0 ? bytes.length - (bytes.length % blockBytes) : 0;
      if (wholeBytes > 0) await writeBlocks(bytes.subarray(0, wholeBytes), position);
      if (wholeBytes < bytes.length) await cached.write(bytes.subarray(wholeBytes), position + wholeBytes);
    },
    [Symbol.asyncDispose]: () => directHandle.close(),
  };
}

/** Undefined where it cannot be. */
async function openDirect(path: string): Promise<FileHandle | undefined> {
  // Only Linux has it; Node's types say that all do.
  const direct: number | undefined = constants.O_DIRECT;
  if (direct === undefined) return undefined;
  try {
    return await open(path, constants.O_WRONLY | direct);
  } catch (error) {
    if (errnoOf(error) !== 'EINVAL') throw error;
    return undefined;
  }
}
