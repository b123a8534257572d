import type { Progress } from '@odst/event-bus';
import type { Brokers } from './brokers.ts';
import { decodeProgress, type PartitionProgress } from './partition-progress.ts';
import { ascending, lowestOf } from './positions.ts';

/** Where a group goes on in a topic. */
export type GroupStart = {
  readonly progress: Progress;
  /** Of each partition the offset of the first record that may not be done. */
  readonly offsets: ReadonlyMap<number, bigint>;
  /** Whether the group has committed anything. */
  readonly isKnown: boolean;
};

/** Reads where a group stands. @throws OdstError COMMON_SERVICE_UNAVAILABLE */
export async function readGroupStart({ admin, reader }: Brokers, groupId: string, topic: string): Promise<GroupStart> {
  const begins = await reader.use((opened) => opened.begins(topic));
  const [found] = await admin.use((client) => client.fetchOffsets({ groupId, topics: [topic] }));
  const offsets = new Map(begins);
  const kept: PartitionProgress[] = [];
  for (const { partition, offset, metadata } of found?.partitions ?? []) {
    if (BigInt(offset) < 0n) continue;
    offsets.set(partition, BigInt(offset));
    kept.push(decodeProgress(metadata) ?? { position: 0n, waiting: [] });
  }
  return { progress: joinedProgress(kept), offsets, isKnown: kept.length > 0 };
}

/** What all partitions together say. They are committed at once; where they differ, the lowest is right. */
export function joinedProgress(kept: readonly PartitionProgress[]): Progress {
  const position = lowestOf(kept.map((partition) => partition.position)) ?? 0n;
  const waiting = kept.flatMap((partition) => partition.waiting.filter((waits) => waits <= position));
  return { position, waiting: waiting.sort(ascending) };
}
