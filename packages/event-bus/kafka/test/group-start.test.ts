import { describe, expect, test } from 'vitest';
import { areAllDoneBefore } from '../src/group-start.ts';

type Kept = readonly [position: bigint, ...waiting: readonly bigint[]];

/** Whether reading may begin at what the partitions have committed, when the database has this progress. */
const mayBegin = ([position, ...waiting]: Kept, partitions: readonly (Kept | undefined)[]): boolean => {
  const committed = partitions.map((kept, partition) => ({
    partition,
    offset: 5n,
    kept: kept === undefined ? undefined : { position: kept[0], waiting: kept.slice(1) },
  }));
  return areAllDoneBefore(committed, { position, waiting });
};

describe('a group begins to read at its committed offsets', () => {
  test('when they are of the moment of its progress, or of one before', () => {
    expect(mayBegin([10n], [[10n], [10n]])).toBe(true);
    expect(mayBegin([10n], [[7n], [9n]])).toBe(true);
    expect(mayBegin([10n, 4n], [[10n, 4n], [10n]])).toBe(true);
    expect(
      mayBegin(
        [10n],
        [
          [10n, 4n],
          [10n, 5n],
        ],
      ),
    ).toBe(true);
  });

  test('not when any of them is of a later moment: the database was put back', () => {
    expect(mayBegin([10n], [[11n], [11n]])).toBe(false);
    expect(mayBegin([10n], [[9n], [11n]])).toBe(false);
    expect(mayBegin([10n], [[12n, 11n], [9n]])).toBe(false);
    expect(mayBegin([10n, 4n], [[10n], [10n]])).toBe(false);
    expect(mayBegin([10n, 4n, 5n], [[9n, 4n], [10n]])).toBe(false);
  });

  test('not when somebody else moved them, or there are none', () => {
    expect(mayBegin([10n], [[10n], undefined])).toBe(false);
    expect(mayBegin([10n], [])).toBe(false);
  });
});
