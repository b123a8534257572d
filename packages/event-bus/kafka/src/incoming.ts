import type { Progress } from '@odst/event-bus';
import type { Held } from './fetch-valve.ts';
import { ascending, lowestOf } from './positions.ts';
import type { StoredRecord } from './record.ts';

/**
 * Puts the records of a topic's partitions into the order of position. A service publishes its positions without a gap,
 * so the next one to hand out is always known. Pure book-keeping.
 */
export interface Incoming {
  /** Takes a record, of one partition in order; false for one that is done, or here already. */
  add(record: StoredRecord): boolean;
  /** Removes and returns the records behind `after`, ascending, up to the first that is not here yet. */
  read(after: bigint, limit: number): readonly StoredRecord[];
  /** Whether {@link read} would return any. */
  hasNext(): boolean;
  /** The records of the start's waiting positions, ascending, once all are here; undefined before. */
  waiting(): readonly StoredRecord[] | undefined;
  /** The lowest position that is awaited while a later one is here. */
  missing(): bigint | undefined;
  /** Goes on without the missing position, and those missing right behind it. */
  giveUpMissing(): void;
  /** What of a partition nobody has read out. */
  held(partition: number): Held;
  /** Position of the last record that came of a partition; 0n for none. */
  seen(partition: number): bigint;
}

/** Builds the order of a group that stands at `start`. */
export function createIncoming(start: Progress): Incoming {
  const awaited = new Set(start.waiting);
  const waiting: StoredRecord[] = [];
  const records = new Map<bigint, StoredRecord>();
  const heldOf = new Map<number, Held>();
  const seenOf = new Map<number, bigint>();
  /** All up to here were read out, or will not come. */
  let passed = start.position;

  const held = (partition: number): Held => heldOf.get(partition) ?? { records: 0, bytes: 0 };
  const hold = ({ partition, value }: StoredRecord, times: 1 | -1): void => {
    const { records: count, bytes } = held(partition);
    heldOf.set(partition, { records: count + times, bytes: bytes + times * value.length });
  };

  return {
    add(record) {
      const { position, partition } = record;
      if (position > (seenOf.get(partition) ?? 0n)) seenOf.set(partition, position);
      if (awaited.delete(position)) {
        waiting.push(record);
        return true;
      }
      if (position <= passed || records.has(position)) return false;
      records.set(position, record);
      hold(record, 1);
      return true;
    },
    read(after, limit) {
      if (after > passed) passed = after;
      const run: StoredRecord[] = [];
      while (run.length < limit) {
        const record = records.get(passed + 1n);
        if (record === undefined) break;
        passed += 1n;
        records.delete(passed);
        hold(record, -1);
        run.push(record);
      }
      return run;
    },
    hasNext: () => records.has(passed + 1n),
    waiting: () => (awaited.size === 0 ? waiting.sort((a, b) => ascending(a.position, b.position)) : undefined),
    missing() {
      if (awaited.size > 0) return lowestOf(awaited);
      return records.size > 0 && !records.has(passed + 1n) ? passed + 1n : undefined;
    },
    giveUpMissing() {
      const waits = lowestOf(awaited);
      const next = lowestOf(records.keys());
      if (waits !== undefined) awaited.delete(waits);
      else if (next !== undefined) passed = next - 1n;
    },
    held,
    seen: (partition) => seenOf.get(partition) ?? 0n,
  };
}
