import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createIncoming, type Incoming } from '../src/incoming.ts';
import { aRecord } from './support/a-record.ts';

const read = (incoming: Incoming, after: bigint, limit = 100): readonly bigint[] =>
  incoming.read(after, limit).map(({ position }) => position);

describe('the order of a topic', () => {
  test('is that of the positions, whichever partition comes first', () => {
    const incoming = createIncoming({ position: 0n, waiting: [] });
    incoming.add(aRecord(2n, 1));
    expect(read(incoming, 0n)).toEqual([]);
    incoming.add(aRecord(3n, 0));
    incoming.add(aRecord(1n, 0));
    expect(incoming.hasNext()).toBe(true);
    expect(read(incoming, 0n)).toEqual([1n, 2n, 3n]);
    expect(incoming.hasNext()).toBe(false);
  });

  test('holds of any interleaving of partitions, each position once', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(3), { maxLength: 60 }), fc.infiniteStream(fc.nat(3)), (partitionOf, picks) => {
        const lanes = [0, 1, 2, 3].map((lane) =>
          partitionOf.flatMap((partition, index) => (partition === lane ? [aRecord(BigInt(index + 1), lane)] : [])),
        );
        const incoming = createIncoming({ position: 0n, waiting: [] });
        const got: bigint[] = [];
        while (lanes.some((lane) => lane.length > 0)) {
          const record = lanes[picks.next().value ?? 0]?.shift();
          if (record === undefined) continue;
          expect(incoming.add(record)).toBe(true);
          expect(incoming.add(record)).toBe(false);
          got.push(...read(incoming, BigInt(got.length), 5));
        }
        while (incoming.hasNext()) got.push(...read(incoming, BigInt(got.length), 5));
        expect(got).toEqual(partitionOf.map((_, index) => BigInt(index + 1)));
      }),
    );
  });

  test('passes over what was done before, and keeps the waiting ones apart', () => {
    const incoming = createIncoming({ position: 10n, waiting: [3n, 7n] });
    expect([3n, 4n, 11n].map((position) => incoming.add(aRecord(position, 0)))).toEqual([true, false, true]);
    expect(incoming.waiting()).toBeUndefined();
    expect(incoming.add(aRecord(7n, 1))).toBe(true);
    expect(incoming.waiting()?.map(({ position }) => position)).toEqual([3n, 7n]);
    expect(read(incoming, 10n)).toEqual([11n]);
  });

  test('gives up to a limit, and counts what is in hand of a partition', () => {
    const incoming = createIncoming({ position: 0n, waiting: [] });
    for (const position of [1n, 2n, 3n]) incoming.add(aRecord(position, 5));
    const bytes = aRecord(1n, 5).value.length;
    expect(incoming.held(5)).toEqual({ records: 3, bytes: 3 * bytes });
    expect(read(incoming, 0n, 2)).toEqual([1n, 2n]);
    expect(incoming.held(5)).toEqual({ records: 1, bytes });
    expect(incoming.seen(5)).toBe(3n);
    expect(incoming.seen(6)).toBe(0n);
  });
});

describe('a position that does not come', () => {
  test('is missing when a later one is here, and can be given up', () => {
    const incoming = createIncoming({ position: 0n, waiting: [] });
    expect(incoming.missing()).toBeUndefined();
    incoming.add(aRecord(4n, 0));
    expect(incoming.missing()).toBe(1n);
    incoming.giveUpMissing();
    expect(incoming.missing()).toBeUndefined();
    expect(read(incoming, 0n)).toEqual([4n]);
    incoming.add(aRecord(5n, 0));
    expect(read(incoming, 4n)).toEqual([5n]);
  });

  test('may be one that waited', () => {
    const incoming = createIncoming({ position: 9n, waiting: [2n, 5n] });
    expect(incoming.missing()).toBe(2n);
    incoming.giveUpMissing();
    incoming.add(aRecord(5n, 0));
    expect(incoming.waiting()?.map(({ position }) => position)).toEqual([5n]);
    expect(incoming.missing()).toBeUndefined();
  });
});
