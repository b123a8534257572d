import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { hasReached, joinedReach, reachAfter, type WriterReach, type Written } from '../../src/domain/writer.ts';

const [e1, e2] = ['1'.repeat(16), '2'.repeat(16)] as const;
const at = (ms: number, more = 0) => BigInt(ms) * 65_536n + BigInt(more);

describe('what a server says of how far it has written', () => {
  test('begins with the last of its changes; whatever it wrote in earlier starts came before this one', () => {
    const written = [at(50), at(70), at(60)].map((stamp) => ({ epoch: e1, stamp }));
    expect(reachAfter(undefined, written, 40)).toEqual({ epoch: e1, lastStamp: at(70), floor: at(40) });
  });

  test('goes on with each later change, and stays where there is none', () => {
    const before: WriterReach = { epoch: e1, lastStamp: at(70), floor: at(40) };
    expect(reachAfter(before, [{ epoch: e1, stamp: at(70, 1) }], 40)).toEqual({ ...before, lastStamp: at(70, 1) });
    expect(reachAfter(before, [{ epoch: e1, stamp: at(60) }], 40)).toBeUndefined();
    expect(reachAfter(before, [], 40)).toBeUndefined();
  });

  test('has all of the starts before below the floor, also where the clock was set back', () => {
    const before: WriterReach = { epoch: e1, lastStamp: at(70), floor: at(40) };
    expect(reachAfter(before, [{ epoch: e2, stamp: at(90) }], 80)).toEqual({ epoch: e2, lastStamp: at(90), floor: at(80) });
    expect(reachAfter(before, [{ epoch: e2, stamp: at(71) }], 50)).toEqual({ epoch: e2, lastStamp: at(71), floor: at(70) });
  });

  test('covers what two starts wrote between two readers', () => {
    const both = [
      { epoch: e1, stamp: at(75) },
      { epoch: e2, stamp: at(90) },
    ];
    const before: WriterReach = { epoch: e1, lastStamp: at(70), floor: at(40) };
    expect(reachAfter(before, both, 60)).toEqual({ epoch: e2, lastStamp: at(90), floor: at(75) });
  });

  const reach = fc.record({ epoch: fc.constantFrom(e1, e2), lastStamp: fc.bigInt(0n, 50n), floor: fc.bigInt(0n, 50n) });
  const written = fc.record({ epoch: fc.constantFrom(e1, e2, '3'.repeat(16)), stamp: fc.bigInt(0n, 60n) });

  test('is never less than before, and covers every change', () => {
    fc.assert(
      fc.property(fc.option(reach, { nil: undefined }), fc.array(written), fc.array(written), (before, changes, others) => {
        const after = reachAfter(before, changes, 0) ?? before;
        for (const change of changes) if (!hasReached(after, change)) throw new Error('a change is not covered');
        checkNotLess(before, after, others);
      }),
    );
  });

  test('of two lives has all of both', () => {
    fc.assert(
      fc.property(reach, reach, fc.array(written), (own, other, changes) => {
        const joined = joinedReach(own, other);
        expect(joined.epoch).toBe(own.epoch);
        checkNotLess(own, joined, changes);
        // Of the start that runs now another life knows nothing.
        const known = changes.filter(({ epoch }) => epoch !== own.epoch || other.epoch === own.epoch);
        checkNotLess(other, joined, known);
      }),
    );
  });
});

function checkNotLess(before: WriterReach | undefined, after: WriterReach | undefined, changes: readonly Written[]): void {
  for (const change of changes) {
    if (hasReached(before, change) && !hasReached(after, change)) throw new Error('less than before');
  }
}
