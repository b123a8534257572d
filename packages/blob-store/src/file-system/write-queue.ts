import type { FileHandle } from 'node:fs/promises';

/** Writes to one file. */
export interface WriteQueue {
  /** Resolves when all of `bytes` are at `position`. */
  write(bytes: Uint8Array, position: number): Promise<void>;
}

/** What is used of an open file. */
type Writable = {
  writev(pieces: Uint8Array[], position: number): Promise<Pick<Awaited<ReturnType<FileHandle['writev']>>, 'bytesWritten'>>;
};

type Waiting = { readonly bytes: Uint8Array; readonly position: number; readonly done: PromiseWithResolvers<void> };

/** Most bytes that go to the system at once. */
const mostBytes = 4 * 1_048_576;

/**
 * One write of a file at a time: the kernel lets one in anyway, and the other threads would burn a core waiting for it. What
 * waits meanwhile and follows on goes along with the next, so that the disk does not wait for the event loop after each piece.
 */
export function createWriteQueue(handle: Writable): WriteQueue {
  const waiting: Waiting[] = [];
  let running = false;

  const run = async (): Promise<void> => {
    running = true;
    for (let batch = takeBatch(waiting); batch[0] !== undefined; batch = takeBatch(waiting)) {
      try {
        await writeFully(
          handle,
          batch.map(({ bytes }) => bytes),
          batch[0].position,
        );
        for (const { done } of batch) done.resolve();
      } catch (error) {
        for (const { done } of batch) done.reject(error);
      }
    }
    running = false;
  };

  return {
    write(bytes, position) {
      const done = Promise.withResolvers<void>();
      waiting.push({ bytes, position, done });
      if (!running) void run();
      return done.promise;
    },
  };
}

/** Takes the first that waits, and those behind it that follow on in the file. */
function takeBatch(waiting: Waiting[]): readonly Waiting[] {
  let count = 0;
  let sizeBytes = 0;
  for (const { bytes, position } of waiting) {
    const first = waiting[0]?.position ?? position;
    if (count > 0 && (position !== first + sizeBytes || sizeBytes + bytes.length > mostBytes)) break;
    sizeBytes += bytes.length;
    count += 1;
  }
  return waiting.splice(0, count);
}

async function writeFully(handle: Writable, pieces: readonly Uint8Array[], start: number): Promise<void> {
  let left = pieces;
  let position = start;
  while (left.length > 0) {
    const { bytesWritten } = await handle.writev([...left], position);
    position += bytesWritten;
    left = without(left, bytesWritten);
  }
}

/** What is left of the pieces behind their first `count` bytes. */
function without(pieces: readonly Uint8Array[], count: number): readonly Uint8Array[] {
  const left: Uint8Array[] = [];
  let skip = count;
  for (const piece of pieces) {
    if (skip < piece.length) left.push(skip === 0 ? piece : piece.subarray(skip));
    skip = Math.max(0, skip - piece.length);
  }
  return left;
}
