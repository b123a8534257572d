import { pageAlignedMemory } from '@odst/blob-store';
import { chunkSizeBytes } from '@odst/kernel';
import type { Slot } from '../../app/hashing.ts';

/** A slot and where it lies in the shared memory. */
export type PlacedSlot = Slot & { readonly offset: number };

/** Hands out slots of one shared memory, first come, first served. */
export interface SlotQueue {
  readonly memory: SharedArrayBuffer;
  /** Slots that nobody has. */
  readonly free: number;
  take(): Promise<PlacedSlot>;
}

/** Builds the queue; the memory is touched, and so counted, only as it is used. */
export function createSlotQueue(count: number): SlotQueue {
  const memory = pageAlignedMemory(count * chunkSizeBytes);
  // The slot given back last is taken first: while one transfer runs, few slots stay in the caches.
  const free = Array.from({ length: count }, (_, index) => (count - 1 - index) * chunkSizeBytes);
  const waiting: ((slot: PlacedSlot) => void)[] = [];

  const place = (offset: number): PlacedSlot => {
    let taken = true;
    return {
      offset,
      bytes: new Uint8Array(memory, offset, chunkSizeBytes),
      release() {
        if (!taken) throw new Error('a slot was given back twice');
        taken = false;
        const next = waiting.shift();
        if (next === undefined) free.push(offset);
        else next(place(offset));
      },
    };
  };

  return {
    memory,
    get free() {
      return free.length;
    },
    take() {
      const offset = free.pop();
      return offset === undefined ? new Promise((resolve) => waiting.push(resolve)) : Promise.resolve(place(offset));
    },
  };
}
