import { readSync } from 'node:fs';
import type { FileHandle } from 'node:fs/promises';
import { type ByteRange, heldBlocks } from '../blob-store.ts';
import { readFully } from './file-staging.ts';

/** Block of a read through the thread pool. */
const farBytes = 262_144;
/** Block of a read at once: it stays in the processor's cache between being read and being sent. */
const nearBytes = 131_072;
/** A read through the thread pool that takes no longer came from memory, and what follows it is most likely there too. */
const fromMemoryMs = 2;
/** So much is read at once before the thread pool, and with it the event loop, has its turn again. */
const burstBytes = 8 * 1_048_576;

/** Length of the ring that blocks lie in. Two more than are held: one for the next, one for what is left over where the ring ends. */
export const ringBytes = farBytes * (heldBlocks + 2);

/**
 * Reads a range of a file block by block. Bytes that are in memory already are read at once, as a hop to another thread
 * and back costs more than the copy; whether they are is found out every 8 MiB with a read through the thread pool. So a
 * slow disk never holds up the event loop for more than one small read.
 * @param ring {@link ringBytes} of memory that nobody else uses
 */
export async function* readBlocksOf(
  handle: FileHandle,
  ring: Uint8Array,
  { start, end }: ByteRange,
): AsyncGenerator<Uint8Array, void, undefined> {
  let at = 0;
  const room = (bytes: number): Uint8Array => {
    if (at + bytes > ring.length) at = 0;
    const block = ring.subarray(at, at + bytes);
    at += bytes;
    return block;
  };
  for (let position = start; position < end; ) {
    const far = room(Math.min(farBytes, end - position));
    const startedAt = performance.now();
    expectFull(far, await readFully(handle, far, position));
    const inMemory = performance.now() - startedAt < fromMemoryMs;
    position += far.length;
    yield far;
    const burstEnd = inMemory ? Math.min(end, position + burstBytes) : position;
    while (position < burstEnd) {
      const near = room(Math.min(nearBytes, burstEnd - position));
      expectFull(near, readSync(handle.fd, near, 0, near.length, position));
      position += near.length;
      yield near;
    }
  }
}

function expectFull(block: Uint8Array, read: number): void {
  if (read !== block.length) throw new Error(`the file ends ${block.length - read} bytes before it should`);
}
