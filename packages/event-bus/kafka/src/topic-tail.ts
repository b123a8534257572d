import { pause } from '@odst/async';
import { eventOf, type StoredRecord } from './record.ts';
import type { PartitionEnd } from './topic-reader.ts';

/** What a topic tells of its last publication. */
export type TopicTail = {
  /** Position of the last event; 0n for none. */
  readonly position: bigint;
  /** Fencing number under which it was published; 0n for none. */
  readonly fence: bigint;
  /** Id of the event; undefined for none. */
  readonly eventId: string | undefined;
  /** Server that published it, as `source` of the event; undefined for none. */
  readonly source: string | undefined;
};

/** Longer than this nobody waits for the end of a transaction: its producer may have died. */
const settlingMs = 1_000;
const pollMs = 5;

/** The tail of a topic from the ends of its partitions: the record with the highest position. */
export function tailOf(ends: Iterable<PartitionEnd>): TopicTail {
  let last: StoredRecord | undefined;
  for (const end of ends) if (end.last !== undefined && end.last.position > (last?.position ?? 0n)) last = end.last;
  if (last === undefined) return { position: 0n, fence: 0n, eventId: undefined, source: undefined };
  const { id, source } = eventOf(last);
  return { position: last.position, fence: last.fence, eventId: id, source };
}

/**
 * The tail with all publications that were acknowledged before. A broker acknowledges the end of a transaction before each
 * partition shows it, so this waits for those that are open.
 */
export async function settledTail(readEnds: () => Promise<ReadonlyMap<number, PartitionEnd>>): Promise<TopicTail> {
  for (const startedAt = performance.now(); ; await pause(pollMs)) {
    const ends = [...(await readEnds()).values()];
    if (ends.every(({ settled }) => settled) || performance.now() - startedAt > settlingMs) return tailOf(ends);
  }
}
