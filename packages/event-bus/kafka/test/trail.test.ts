import { describe, expect, test } from 'vitest';
import { areAllDoneBefore } from '../src/group-start.ts';
import { createIncoming } from '../src/incoming.ts';
import { decodeProgress } from '../src/partition-progress.ts';
import type { StoredRecord } from '../src/record.ts';
import { createTrail, type PartitionCommit, type Trail } from '../src/trail.ts';
import { aRecord } from './support/a-record.ts';

const take = (trail: Trail, position: bigint, partition: number, offset: bigint): void =>
  trail.add(aRecord(position, partition, offset), true);
const offsetsOf = (commits: readonly PartitionCommit[]) => commits.map(({ partition, offset }) => [partition, offset]);
const committedOf = (commits: readonly PartitionCommit[]) =>
  commits.map(({ partition, offset, metadata }) => ({ partition, offset, kept: decodeProgress(metadata) }));

describe('what a group commits', () => {
  test('is of each partition the first record that is not done', () => {
    const trail = createTrail(new Map([[0, 100n], [1, 200n], [2, 300n]])); // biome-ignore format: one line
    take(trail, 1n, 0, 100n);
    take(trail, 2n, 1, 200n);
    take(trail, 3n, 0, 101n);
    take(trail, 4n, 1, 203n);
    expect(offsetsOf(trail.commitsFor({ position: 2n, waiting: [] }))).toEqual([[0, 101n], [1, 203n], [2, 300n]]); // biome-ignore format: one line
    expect(offsetsOf(trail.commitsFor({ position: 4n, waiting: [] }))).toEqual([[0, 102n], [1, 204n], [2, 300n]]); // biome-ignore format: one line
  });

  test('holds a partition at its waiting record, and says what is done behind it', () => {
    const trail = createTrail(new Map([[0, 0n], [1, 0n]])); // biome-ignore format: one line
    take(trail, 1n, 0, 0n);
    take(trail, 2n, 1, 0n);
    take(trail, 3n, 0, 1n);
    const commits = trail.commitsFor({ position: 3n, waiting: [1n] });
    expect(offsetsOf(commits)).toEqual([[0, 0n], [1, 1n]]); // biome-ignore format: one line
    expect(committedOf(commits).map(({ kept }) => kept)).toEqual([
      { position: 3n, waiting: [1n] },
      { position: 3n, waiting: [] },
    ]);
    expect(areAllDoneBefore(committedOf(commits), { position: 3n, waiting: [1n] })).toBe(true);
    expect(offsetsOf(trail.commitsFor({ position: 3n, waiting: [] }))).toEqual([[0, 2n], [1, 1n]]); // biome-ignore format: one line
  });

  test('moves over records that were done before', () => {
    const trail = createTrail(new Map([[0, 5n]]));
    trail.add(aRecord(1n, 0, 7n), false);
    expect(offsetsOf(trail.commitsFor({ position: 3n, waiting: [] }))).toEqual([[0, 8n]]);
    trail.add(aRecord(1n, 0, 6n), false);
    expect(offsetsOf(trail.commitsFor({ position: 3n, waiting: [] }))).toEqual([[0, 8n]]);
  });

  test('never puts a partition back when more waits than fits into the metadata', () => {
    const trail = createTrail(new Map([[0, 0n], [1, 0n]])); // biome-ignore format: one line
    const next = [0n, 0n];
    const taken: StoredRecord[] = [];
    const waiting: bigint[] = [];
    const end = 120_000n;
    for (let position = 1n; position <= end; position += 1n) {
      // Distances that hardly repeat, all in one partition.
      const waits = position === (waiting.at(-1) ?? 0n) + 40n + BigInt(waiting.length ** 2 % 59);
      if (waits) waiting.push(position);
      const partition = waits ? 0 : Number(position % 2n);
      const record = aRecord(position, partition, next[partition]);
      next[partition] = record.offset + 1n;
      taken.push(record);
      trail.add(record, true);
      // Saved now and then, as in operation.
      if (position % 1_000n === 0n) trail.commitsFor({ position, waiting: [...waiting] });
    }
    const progress = { position: end, waiting };
    const commits = trail.commitsFor(progress);
    const committed = committedOf(commits);
    expect(committed[0]?.kept?.position).toBeLessThan(end);
    expect(areAllDoneBefore(committed, progress)).toBe(true);
    // Who goes on from there waits for nothing that is not fetched again.
    const incoming = createIncoming(progress);
    for (const record of taken) {
      if (record.offset >= (commits.find(({ partition }) => partition === record.partition)?.offset ?? 0n)) incoming.add(record);
    }
    expect(incoming.missing()).toBeUndefined();
    expect(incoming.waiting()?.map(({ position }) => position)).toEqual(waiting);
  });

  test('counts what does not fit into the metadata as not done, and loses none of it', () => {
    const trail = createTrail(new Map([[0, 0n]]));
    const positions = Array.from({ length: 6_000 }, (_, index) => BigInt(index + 1));
    for (const position of positions) take(trail, position, 0, position);
    // Distances of two digits that never repeat.
    const waiting = positions.filter((position) => position % 3n === 0n || position % 7n === 0n);
    const commits = trail.commitsFor({ position: 6_000n, waiting });
    const [{ kept } = { kept: undefined }] = committedOf(commits);
    if (kept === undefined) throw new Error('a progress is kept');
    expect(commits[0]?.metadata.length).toBeLessThanOrEqual(4_000);
    expect(commits[0]?.offset).toBe(3n);
    expect(kept.position).toBeLessThan(6_000n);
    expect(kept.waiting).toEqual(waiting.filter((position) => position <= kept.position));
    expect(areAllDoneBefore(committedOf(commits), { position: 6_000n, waiting })).toBe(true);
    const rest = trail.commitsFor({ position: 6_000n, waiting: [] });
    expect(offsetsOf(rest)).toEqual([[0, 6_001n]]);
  });
});
