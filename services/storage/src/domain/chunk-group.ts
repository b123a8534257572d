import type { ChunkVerified } from '@odst/contracts/storage';
import type { Bitmap } from '@odst/kernel';
import { chunksPerGroup } from '@odst/kernel';

/** First chunk of the group that a chunk belongs to. */
export function groupOf(chunk: number): number {
  return chunk - (chunk % chunksPerGroup);
}

/** Chunks as `ChunkVerified` names them: those of one group, least significant bit first. */
export type ChunkGroup = Pick<ChunkVerified, 'first' | 'count' | 'bitmap'>;

/**
 * Sorts chunks into groups, ascending.
 * @param chunks indices without repetition, in any order
 */
export function groupChunks(chunks: Iterable<number>): readonly ChunkGroup[] {
  const bitmaps = new Map<number, { count: number; bitmap: Uint8Array }>();
  for (const chunk of chunks) {
    const first = groupOf(chunk);
    const group = bitmaps.get(first) ?? { count: 0, bitmap: new Uint8Array(chunksPerGroup / 8) };
    const bit = chunk - first;
    group.bitmap[bit >> 3] = (group.bitmap[bit >> 3] ?? 0) | (1 << (bit & 7));
    group.count += 1;
    bitmaps.set(first, group);
  }
  return [...bitmaps].sort(([a], [b]) => a - b).map(([first, { count, bitmap }]) => ({ first, count, bitmap }));
}

/** Adds the chunks that an event names to a set. */
export function addGroup(verified: Bitmap, group: ChunkGroup): void {
  for (let bit = 0; bit < chunksPerGroup; bit += 1) {
    if (((group.bitmap[bit >> 3] ?? 0) & (1 << (bit & 7))) !== 0) verified.add(group.first + bit);
  }
}
