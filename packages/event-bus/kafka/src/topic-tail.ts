import { eventOf, type StoredRecord } from './record.ts';
import type { PartitionEnd } from './topic-reader.ts';

/** What a topic tells of its last publication. */
export type TopicTail = {
  /** Position of the last event; 0n for none. */
  readonly position: bigint;
  /** Fencing number under which it was published; 0n for none. */
  readonly fence: bigint;
  /** Server that published it, as `source` of the event; undefined for none. */
  readonly source: string | undefined;
};

/** The tail of a topic from the ends of its partitions: the record with the highest position. */
export function tailOf(ends: Iterable<PartitionEnd>): TopicTail {
  let last: StoredRecord | undefined;
  for (const end of ends) if (end.last !== undefined && end.last.position > (last?.position ?? 0n)) last = end.last;
  if (last === undefined) return { position: 0n, fence: 0n, source: undefined };
  return { position: last.position, fence: last.fence, source: eventOf(last).source };
}
