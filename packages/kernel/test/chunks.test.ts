import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import { chunkCount, chunkSizeBytes, chunksPerGroup } from '../src/chunks.ts';

it.each([
  [0, 0],
  [1, 1],
  [1_048_575, 1],
  [1_048_576, 1],
  [1_048_577, 2],
  [15_000_000_000, 14_306],
  [68_719_476_736, 65_536],
])('cuts %d bytes into %d chunks', (sizeBytes, chunks) => {
  expect(chunkCount(sizeBytes)).toBe(chunks);
});

it('covers every byte, and has no chunk without one', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER }), (sizeBytes) => {
      const count = BigInt(chunkCount(sizeBytes));
      expect(count * BigInt(chunkSizeBytes)).toBeGreaterThanOrEqual(BigInt(sizeBytes));
      expect((count - 1n) * BigInt(chunkSizeBytes)).toBeLessThan(BigInt(sizeBytes));
    }),
  );
});

it('groups chunks so that the bitmap of a group is eight bytes', () => {
  expect(chunksPerGroup).toBe(64);
});
