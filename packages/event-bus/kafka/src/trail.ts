import type { Progress } from '@odst/event-bus';
import { encodeProgress, type PartitionProgress } from './partition-progress.ts';
import type { StoredRecord } from './record.ts';

/** What to commit for a partition. */
export type PartitionCommit = { readonly partition: number; readonly offset: bigint; readonly metadata: string };

type Step = Pick<StoredRecord, 'offset' | 'position'>;

/** Which offsets the positions have that are not done: what a group commits. Pure book-keeping. */
export interface Trail {
  /** Notes a record that came, of one partition in order of offset. @param undone whether it is to be delivered */
  add(record: Pick<StoredRecord, 'partition' | 'offset' | 'position'>, undone: boolean): void;
  /**
   * What to commit for this progress: of each partition the offset of the first record that is not done, so that whoever
   * goes on from there misses none, and beside it which of those behind it are done.
   */
  commitsFor(progress: Progress): readonly PartitionCommit[];
}

/** Builds the trail of a topic. @param start of each partition the offset where reading begins */
export function createTrail(start: ReadonlyMap<number, bigint>): Trail {
  const next = new Map(start);
  const steps = new Map<number, Step[]>([...start.keys()].map((partition) => [partition, []]));

  /** Undefined when there are more waiting ones than can be kept. */
  const metadataFor = (progress: Progress): Map<number, string> | PartitionProgress => {
    const waiting = new Set(progress.waiting);
    const texts = new Map<number, string>();
    for (const [partition, taken] of steps) {
      const mine = taken.map(({ position }) => position).filter((position) => waiting.has(position));
      const kept = { position: progress.position, waiting: mine };
      const text = encodeProgress(kept);
      if (text === undefined) return kept;
      texts.set(partition, text);
    }
    return texts;
  };

  return {
    add({ partition, offset, position }, undone) {
      if (offset >= (next.get(partition) ?? 0n)) next.set(partition, offset + 1n);
      if (!undone) return;
      const taken = steps.get(partition) ?? [];
      steps.set(partition, taken);
      taken.push({ offset, position });
    },
    commitsFor(progress) {
      let kept = progress;
      let texts = metadataFor(kept);
      while (!(texts instanceof Map)) {
        // What does not fit counts as not done, with all behind it: it comes again.
        const first = texts.waiting[Math.floor(texts.waiting.length / 2)] ?? 1n;
        kept = { position: first - 1n, waiting: kept.waiting.filter((position) => position < first) };
        texts = metadataFor(kept);
      }
      const waiting = new Set(kept.waiting);
      const commits: PartitionCommit[] = [];
      for (const [partition, metadata] of texts) {
        const undone = (steps.get(partition) ?? []).filter(({ position }) => position > kept.position || waiting.has(position));
        steps.set(partition, undone);
        commits.push({ partition, offset: undone[0]?.offset ?? next.get(partition) ?? 0n, metadata });
      }
      return commits;
    },
  };
}
