import type { GroupInTopic, Progress, ProgressStore } from '@odst/event-bus';
import type { Brokers } from './brokers.ts';
import { decodeProgress, type PartitionProgress } from './partition-progress.ts';

/** Where a group goes on in a topic. */
export type GroupStart = {
  /** Undefined for a group without history. */
  readonly progress: Progress | undefined;
  /** Of each partition the offset where reading begins: all before it is done. */
  readonly offsets: ReadonlyMap<number, bigint>;
  /** Whether the group has committed these offsets, so that its members begin there by themselves. */
  readonly isCommitted: boolean;
};

/** A group and a topic, as the port names them and as the brokers do. */
export type GroupNames = { readonly at: GroupInTopic; readonly groupId: string; readonly topic: string };

/** What a group committed of a partition. */
export type Committed = {
  readonly partition: number;
  readonly offset: bigint;
  /** Undefined where it was not this product that set the offset. */
  readonly kept: PartitionProgress | undefined;
};

/**
 * Reads where a group stands: what is done, from where the effects are; where to begin to read, from the brokers.
 * @throws OdstError COMMON_SERVICE_UNAVAILABLE, COMMON_DATABASE_UNAVAILABLE
 */
export async function readGroupStart(
  { brokers, progressStore }: { readonly brokers: Brokers; readonly progressStore: ProgressStore },
  { at, groupId, topic }: GroupNames,
): Promise<GroupStart> {
  const progress = await progressStore.load(at);
  const begins = await brokers.reader.use((opened) => opened.begins(topic));
  const [found] = await brokers.admin.use((client) => client.fetchOffsets({ groupId, topics: [topic] }));
  const committed = (found?.partitions ?? [])
    .map(({ partition, offset, metadata }) => ({ partition, offset: BigInt(offset), kept: decodeProgress(metadata) }))
    .filter(({ offset }) => offset >= 0n);
  const isCommitted = progress !== undefined && areAllDoneBefore(committed, progress);
  if (!isCommitted) return { progress, offsets: begins, isCommitted };
  const offsets = new Map([...begins, ...committed.map(({ partition, offset }) => [partition, offset] as const)]);
  return { progress, offsets, isCommitted };
}

/**
 * Whether all records before the committed offsets are done, as far as the progress tells. They are not when the database, which
 * has the progress and the effects, was put back to an earlier moment than the offsets are of; nor is it known of offsets that
 * an operator moved.
 */
export function areAllDoneBefore(committed: readonly Committed[], progress: Progress): boolean {
  let furthest = 0n;
  const left = new Set<bigint>();
  for (const { kept } of committed) {
    if (kept === undefined) return false;
    if (kept.position > furthest) furthest = kept.position;
    for (const position of kept.waiting) left.add(position);
  }
  const isPassed = (position: bigint): boolean => position <= furthest && !left.has(position);
  return committed.length > 0 && furthest <= progress.position && !progress.waiting.some(isPassed);
}
