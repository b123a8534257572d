import { chunkSizeBytes } from '@odst/kernel';
import type { Algorithm, DigestsOf, HashPool, Slot } from '../../app/hashing.ts';
import { type HashThread, startHashThread } from './hash-thread.ts';
import { createSlotQueue, type PlacedSlot } from './slot-queue.ts';
import { createYoungCollection } from './young-collection.ts';

/** Size of the pool. */
export type HashPoolOptions = {
  /** Threads, at least 1: the digests of a file in one, those of its chunks in the one with least to do. */
  readonly threads: number;
  /** Slots of 1 MiB, at least 2. */
  readonly slots: number;
};

/** A pool whose threads run until it is disposed. */
export type StartedHashPool = HashPool & AsyncDisposable & { readonly freeSlots: number };

/** A lane, where it is, and when it last got bytes. */
type OpenLane = { readonly thread: HashThread; movedAtMs: number };

/** A lane that got nothing for so long does not move. */
const movingMs = 1_000;

/** Starts the threads. */
export function startHashPool({ threads: threadCount, slots: slotCount }: HashPoolOptions): StartedHashPool {
  const slots = createSlotQueue(slotCount);
  const collectYoung = createYoungCollection();
  const threads = Array.from({ length: threadCount }, () => startHashThread(slots.memory));
  const openLanes = new Set<OpenLane>();
  /**
   * Lanes of a thread that move. A lane stays where it began, so it weighs more than the tasks of the moment; one whose sender is
   * slow weighs nothing, however many of them there are.
   */
  const movingLanes = (thread: HashThread): number => {
    const sinceMs = performance.now() - movingMs;
    let count = 0;
    for (const lane of openLanes) if (lane.thread === thread && lane.movedAtMs > sinceMs) count += 1;
    return count;
  };
  const leastBy = (weight: (thread: HashThread) => number): HashThread =>
    threads.reduce((best, thread) => (weight(thread) < weight(best) ? thread : best));
  let lanes = 0;

  return {
    get freeSlots() {
      return slots.free;
    },
    takeSlot(bytes = chunkSizeBytes) {
      collectYoung(bytes);
      return slots.take();
    },
    async digest<const Algorithms extends readonly Algorithm[]>(slot: Slot, length: number, algorithms: Algorithms) {
      const { offset } = slot as PlacedSlot;
      const digests = await leastBy(({ load }) => load).run({ type: 'digest', offset, length, algorithms });
      return digests as DigestsOf<Algorithms>;
    },
    openLane<const Algorithms extends readonly Algorithm[]>(algorithms: Algorithms) {
      const thread = leastBy(movingLanes);
      lanes += 1;
      const lane = lanes;
      const self: OpenLane = { thread, movedAtMs: performance.now() };
      openLanes.add(self);
      const opened = thread.run({ type: 'open', lane, algorithms });
      opened.catch(() => undefined); // whatever is asked of the lane next tells it
      return {
        async update(slot: Slot, length: number) {
          self.movedAtMs = performance.now();
          await thread.run({ type: 'update', lane, offset: (slot as PlacedSlot).offset, length });
        },
        async finish() {
          const digests = thread.run({ type: 'finish', lane });
          openLanes.delete(self);
          return (await digests) as DigestsOf<Algorithms>;
        },
        [Symbol.dispose]() {
          if (!openLanes.delete(self)) return;
          thread.run({ type: 'forget', lane }).catch(() => undefined); // a dead thread has forgotten it
        },
      };
    },
    async [Symbol.asyncDispose]() {
      await Promise.all(threads.map((thread) => thread[Symbol.asyncDispose]()));
    },
  };
}
