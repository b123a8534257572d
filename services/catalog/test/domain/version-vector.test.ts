import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { covers, joinVectors, stampOf, type VersionVector, withStamp } from '../../src/domain/version-vector.ts';

const entries = fc.uniqueArray(
  fc.record({ writer: fc.constantFrom('a', 'b', 'c', 'd', 'e'), stamp: fc.bigInt({ min: 1n, max: 3n }) }),
  {
    selector: ({ writer }) => writer,
  },
);
const vector = entries.map((list): VersionVector => list.toSorted((one, other) => (one.writer < other.writer ? -1 : 1)));

describe('version vectors', () => {
  test('cover each other as their entries say', () => {
    fc.assert(
      fc.property(vector, vector, (one, other) => {
        expect(covers(one, other)).toBe(other.every(({ writer, stamp }) => stampOf(one, writer) >= stamp));
      }),
    );
  });

  test('are joined to the least that covers both, ascending by writer', () => {
    fc.assert(
      fc.property(vector, vector, vector, (one, other, third) => {
        const joined = joinVectors(one, other);
        expect(joined).toEqual(joinVectors(other, one));
        expect(covers(joined, one) && covers(joined, other)).toBe(true);
        expect(covers(third, joined)).toBe(covers(third, one) && covers(third, other));
        expect(joined.map(({ writer }) => writer)).toEqual(joined.map(({ writer }) => writer).toSorted());
      }),
    );
  });

  test('take another stamp for one server', () => {
    expect(withStamp([{ writer: 'b', stamp: 1n }], 'a', 2n)).toEqual([
      { writer: 'a', stamp: 2n },
      { writer: 'b', stamp: 1n },
    ]);
    expect(withStamp([{ writer: 'b', stamp: 1n }], 'b', 2n)).toEqual([{ writer: 'b', stamp: 2n }]);
  });
});
