import { expect, test } from 'vitest';
import { ChunkDigests, type DigestPair } from '../../src/domain/chunk-digests.ts';

const pairOf = (index: number): DigestPair => [new Uint8Array(20).fill(index % 251), new Uint8Array(32).fill(index % 241)];

test('gives the lists of all chunks in their order, in whatever order they came', () => {
  const digests = new ChunkDigests();
  const count = 300;
  for (let index = count - 1; index >= 0; index -= 1) digests.set(index, pairOf(index));
  const pairs = Array.from({ length: count }, (_, index) => pairOf(index));
  expect(digests.size).toBe(count);
  expect(Buffer.from(digests.lists(count).chunkSha1s)).toEqual(Buffer.concat(pairs.map(([sha1]) => sha1)));
  expect(Buffer.from(digests.lists(count).chunkSha256s)).toEqual(Buffer.concat(pairs.map(([, sha256]) => sha256)));
});

test('knows which chunks have none, and gives no lists then', () => {
  const digests = new ChunkDigests();
  for (const index of [0, 2, 2, 1_000]) digests.set(index, pairOf(index));
  expect(digests.size).toBe(3);
  expect([0, 1, 2, 999, 1_000, 1_001].map((index) => digests.has(index))).toEqual([true, false, true, false, true, false]);
  expect(() => digests.lists(3)).toThrow(RangeError);
  expect(digests.lists(1)).toEqual({ chunkSha1s: pairOf(0)[0], chunkSha256s: pairOf(0)[1] });
});
