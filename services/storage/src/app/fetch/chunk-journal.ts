import { systemTimers } from '@odst/async';
import { chunksPerGroup } from '@odst/kernel';
import { groupOf } from '../../domain/chunk-group.ts';

/** Makes verified chunks durable, a group at a time, so that a crash costs at most one group or two seconds. */
export interface ChunkJournal {
  /** Notes a chunk whose bytes are written and verified. */
  add(chunk: number): void;
  /** Makes all noted chunks durable now. @throws what making them durable throws, also what it threw in the meantime */
  flush(): Promise<void>;
}

/**
 * Builds a journal.
 * @param totalCount chunks of the blob: its last group may have fewer than 64
 * @param persist makes the chunks durable: file first, then the events that name them
 * @param known chunks that are durable already
 * @param longestDelayMs time after which chunks of an incomplete group are made durable all the same. Default 2 s
 */
export function createChunkJournal(
  totalCount: number,
  known: { has(chunk: number): boolean },
  persist: (chunks: readonly number[]) => Promise<void>,
  longestDelayMs = 2_000,
): ChunkJournal {
  const pending = new Set<number>();
  const missingOf = new Map<number, number>();
  let running: Promise<void> = Promise.resolve();
  let queued = false;
  let failure: { readonly error: unknown } | undefined;
  let timer: Disposable | undefined;

  const missingIn = (first: number): number => {
    let missing = 0;
    for (let chunk = first; chunk < Math.min(first + chunksPerGroup, totalCount); chunk += 1) if (!known.has(chunk)) missing += 1;
    return missing;
  };

  /** One flush at a time; what is noted meanwhile goes with the next, together. */
  const schedule = (): Promise<void> => {
    timer?.[Symbol.dispose]();
    timer = undefined;
    if (queued) return running;
    queued = true;
    running = running.then(async () => {
      queued = false;
      if (pending.size === 0 || failure !== undefined) return;
      const chunks = [...pending];
      pending.clear();
      try {
        await persist(chunks);
      } catch (error) {
        failure = { error };
      }
    });
    return running;
  };

  return {
    add(chunk) {
      pending.add(chunk);
      const group = groupOf(chunk);
      const missing = (missingOf.get(group) ?? missingIn(group)) - 1;
      missingOf.set(group, missing);
      if (missing === 0) void schedule();
      else timer ??= systemTimers.after(longestDelayMs, () => void schedule());
    },
    async flush() {
      await schedule();
      if (failure !== undefined) throw failure.error;
    },
  };
}
