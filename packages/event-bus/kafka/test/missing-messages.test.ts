import { describe, expect, test } from 'vitest';
import { isGone } from '../src/missing-messages.ts';
import { aRecord } from './support/a-record.ts';

/** A partition: the last position that was seen of it, the one at its end, and whether a transaction is open there. */
type Partition = readonly [seen: bigint, end: bigint, open?: 'open'];

/** Whether position 7 is given up in a topic of these partitions. */
const isGivenUp = (...partitions: readonly Partition[]): boolean => {
  const ends = partitions.map(([, end, open], partition) => {
    const last = end === 0n ? undefined : aRecord(end, partition);
    return [partition, { last, settled: open === undefined }] as const;
  });
  return isGone(7n, { seen: (partition) => partitions[partition]?.[0] ?? 0n }, new Map(ends));
};

describe('a message that does not come', () => {
  test('is given up when each partition has given a later one, or ends before it', () => {
    expect(isGivenUp([9n, 12n], [8n, 8n])).toBe(true);
    expect(isGivenUp([6n, 6n], [9n, 9n])).toBe(true);
    expect(isGivenUp([0n, 0n], [9n, 9n])).toBe(true);
  });

  test('is given up though nothing came of a partition since the start, whose events were done before', () => {
    expect(isGivenUp([0n, 3n], [9n, 9n])).toBe(true);
    expect(isGivenUp([5n, 6n], [9n, 9n])).toBe(true);
  });

  test('is awaited while a partition was not read so far, or a transaction is open', () => {
    expect(isGivenUp([5n, 8n], [9n, 9n])).toBe(false);
    expect(isGivenUp([6n, 9n], [0n, 0n])).toBe(false);
    expect(isGivenUp([6n, 6n, 'open'], [9n, 9n])).toBe(false);
  });

  test('is awaited in a topic that has yet to be filled up to it, as under a new prefix', () => {
    expect(isGivenUp([0n, 0n], [0n, 0n])).toBe(false);
    expect(isGivenUp([5n, 5n], [6n, 6n])).toBe(false);
  });
});
