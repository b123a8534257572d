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

/** Starts the threads. */
export function startHashPool({ threads: threadCount, slots: slotCount }: HashPoolOptions): StartedHashPool {
  const slots = createSlotQueue(slotCount);
  const collectYoung = createYoungCollection();
  const threads = Array.from({ length: threadCount }, () => startHashThread(slots.memory));
  /** Lanes that each thread has. A lane stays where it began, so it weighs more than the tasks of the moment. */
  const lanesOf = new Map<HashThread, number>(threads.map((thread) => [thread, 0]));
  const countLane = (thread: HashThread, change: number) => lanesOf.set(thread, (lanesOf.get(thread) ?? 0) + change);
  const leastBy = (weight: (thread: HashThread) => number): HashThread =>
    threads.reduce((best, thread) => (weight(thread) < weight(best) ? thread : best));
  let lanes = 0;

  return {
    get freeSlots() {
      return slots.free;
    },
    takeSlot() {
      collectYoung();
      return slots.take();
    },
    async digest<const Algorithms extends readonly Algorithm[]>(slot: Slot, length: number, algorithms: Algorithms) {
      const { offset } = slot as PlacedSlot;
      const digests = await leastBy(({ load }) => load).run({ type: 'digest', offset, length, algorithms });
      return digests as DigestsOf<Algorithms>;
    },
    openLane<const Algorithms extends readonly Algorithm[]>(algorithms: Algorithms) {
      const thread = leastBy((candidate) => lanesOf.get(candidate) ?? 0);
      lanes += 1;
      const lane = lanes;
      let open = true;
      const close = () => {
        open = false;
        countLane(thread, -1);
      };
      countLane(thread, 1);
      const opened = thread.run({ type: 'open', lane, algorithms });
      opened.catch(() => undefined); // whatever is asked of the lane next tells it
      return {
        async update(slot: Slot, length: number) {
          await thread.run({ type: 'update', lane, offset: (slot as PlacedSlot).offset, length });
        },
        async finish() {
          const digests = thread.run({ type: 'finish', lane });
          close();
          return (await digests) as DigestsOf<Algorithms>;
        },
        [Symbol.dispose]() {
          if (!open) return;
          close();
          thread.run({ type: 'forget', lane }).catch(() => undefined); // a dead thread has forgotten it
        },
      };
    },
    async [Symbol.asyncDispose]() {
      await Promise.all(threads.map((thread) => thread[Symbol.asyncDispose]()));
    },
  };
}
