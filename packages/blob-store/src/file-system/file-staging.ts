import { constants } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import type { StagingOptions } from '../blob-store.ts';
import type { SpaceLedger } from '../space-ledger.ts';
import type { StagingFile } from '../staging-file.ts';
import { translateFull, unlessMissing } from './file-errors.ts';
import { type FileWrites, openDirectWrites } from './file-writes.ts';
import { createWriteQueue } from './write-queue.ts';

/** Room that a file of unknown size asks for at a time, where there is so much. */
const growthBytes = 64 * 1_048_576;

/** What a staging file is opened with. */
type Opening = StagingOptions & { readonly id: string; readonly sizeBytes: number | undefined };

/** Opens, and where it is new makes, the staging file at `path`. */
export async function openStagingFile(
  ledger: SpaceLedger,
  path: string,
  { id, sizeBytes, bypassCache = false }: Opening,
): Promise<StagingFile> {
  const handle = await translateFull(() => open(path, constants.O_RDWR | constants.O_CREAT, 0o640));
  try {
    const { size, blocks } = await handle.stat();
    const writes = bypassCache ? await openDirectWrites(path, handle) : undefined;
    try {
      // Partial files have holes: what is on disk already is counted by the volume, the rest is to come.
      const allocatedBytes = Math.min(size, blocks * 512);
      const reservation = await ledger.reserve(sizeBytes === undefined ? 0 : Math.max(0, sizeBytes - allocatedBytes));
      return createStaging({ id, openedSizeBytes: size, handle, writes, reservation, sizeKnown: sizeBytes !== undefined });
    } catch (error) {
      await writes?.[Symbol.asyncDispose]();
      throw error;
    }
  } catch (error) {
    await handle.close();
    throw error;
  }
}

type Parts = {
  readonly id: string;
  readonly openedSizeBytes: number;
  readonly handle: FileHandle;
  /** Undefined: the usual ones. */
  readonly writes: FileWrites | undefined;
  readonly reservation: Awaited<ReturnType<SpaceLedger['reserve']>>;
  readonly sizeKnown: boolean;
};

function createStaging({ id, openedSizeBytes, handle, writes, reservation, sizeKnown }: Parts): StagingFile {
  let open = true;
  /** Growing is one at a time, so that parallel writes of a file do not each ask for the whole step. */
  let growing: Promise<void> = Promise.resolve();
  const makeRoom = (bytes: number): Promise<void> => {
    growing = growing
      .catch(() => undefined)
      .then(async () => {
        if (reservation.remainingBytes < bytes) await reservation.grow(bytes, growthBytes);
      });
    return growing;
  };
  const queue = writes ?? createWriteQueue(handle);
  return {
    id,
    openedSizeBytes,
    async write(bytes, position) {
      if (!sizeKnown && reservation.remainingBytes < bytes.length) await makeRoom(bytes.length);
      await translateFull(() => queue.write(bytes, position));
      reservation.consume(bytes.length);
    },
    async read(into, position) {
      return readFully(handle, into, position);
    },
    // The times of a staging file are of no interest, its length is kept by fdatasync too.
    sync: () => translateFull(() => handle.datasync()),
    async [Symbol.asyncDispose]() {
      if (!open) return;
      open = false;
      reservation[Symbol.dispose]();
      await writes?.[Symbol.asyncDispose]();
      await handle.close();
    },
  };
}

/** Fills `into` from `position`; returns how many bytes there were before the end of the file. */
export async function readFully(handle: FileHandle, into: Uint8Array, position: number): Promise<number> {
  let done = 0;
  while (done < into.length) {
    const { bytesRead } = await handle.read(into, done, into.length - done, position + done);
    if (bytesRead === 0) break;
    done += bytesRead;
  }
  return done;
}

/** Makes the names in a folder survive a crash. */
export async function syncFolder(path: string): Promise<void> {
  const folder = await unlessMissing(() => open(path, constants.O_RDONLY));
  if (folder === undefined) return;
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}
