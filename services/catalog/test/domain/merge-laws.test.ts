import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { canonicalText } from '../../src/domain/change.ts';
import { maxStandingPerSigner, mergeChanges } from '../../src/domain/change-merge.ts';
import { type Head, headsOf, withAnother } from '../../src/domain/head.ts';
import { anyChange, textOf } from '../support/forgeries.ts';

/**
 * Changes of which none has more than the bounded number of one signer, which is all that honest servers ever make: for these the laws
 * hold, whatever their vectors say. Beyond it a merge may forget what it would need to give the same in another order; what is
 * promised then is that servers that go on exchanging records come to the same.
 */
const record = fc.array(anyChange, { maxLength: 5 }).map((changes) => mergeChanges(changes, []));
const isBounded = (...records: readonly (readonly { readonly iss: string }[])[]) => {
  const signers = records.flat().map(({ iss }) => iss);
  return signers.every((iss) => signers.filter((other) => other === iss).length <= maxStandingPerSigner);
};

const claimsText = ({ claims, isConflicted }: Head) =>
  `${isConflicted} ${claims.map(({ change }) => canonicalText(change)).join('\n')}`;

describe('merging any changes, forged ones too', () => {
  test('is commutative and idempotent', () => {
    fc.assert(
      fc.property(record, record, (a, b) => {
        expect(textOf(mergeChanges(a, b))).toBe(textOf(mergeChanges(b, a)));
        expect(textOf(mergeChanges(a, a))).toBe(textOf(a));
        fc.pre(isBounded(a, b));
        expect(textOf(mergeChanges(mergeChanges(a, b), b))).toBe(textOf(mergeChanges(a, b)));
      }),
      { numRuns: 1_500 },
    );
  }, 60_000);

  test('is associative', () => {
    fc.assert(
      fc.property(record, record, record, (a, b, c) => {
        fc.pre(isBounded(a, b, c));
        expect(textOf(mergeChanges(mergeChanges(a, b), c))).toBe(textOf(mergeChanges(a, mergeChanges(b, c))));
      }),
      { numRuns: 2_000 },
    );
  }, 60_000);

  test('of one more change is what a fold makes of it, heads included', () => {
    const one = fc.array(anyChange, { maxLength: 20, size: 'max' }).map((changes) => mergeChanges(changes, []));
    fc.assert(
      fc.property(one, fc.array(anyChange, { minLength: 1, maxLength: 10 }), (before, added) => {
        let folded: ReturnType<typeof withAnother> = { changes: before, heads: headsOf(before) };
        for (const change of added) {
          const merged = mergeChanges(folded.changes, [change]);
          folded = withAnother(folded, change);
          expect(textOf(folded.changes)).toBe(textOf(merged));
          expect(headsOf(merged).map(claimsText)).toEqual(folded.heads.map(claimsText));
        }
      }),
      { numRuns: 300 },
    );
  }, 60_000);

  test('comes to the same everywhere in a few rounds, though one signer has more changes than are kept', () => {
    const many = fc.array(anyChange, { maxLength: 30, size: 'max' }).map((changes) => mergeChanges(changes, []));
    fc.assert(
      fc.property(fc.tuple(many, many, many), (records) => {
        const states = [...records];
        for (let round = 0; round < 6; round += 1) {
          for (const [one, other] of [
            [0, 1],
            [1, 2],
            [2, 0],
          ] as const) {
            states[one] = states[other] = mergeChanges(states[one] ?? [], states[other] ?? []);
          }
        }
        expect(new Set(states.map(textOf)).size).toBe(1);
      }),
      { numRuns: 200 },
    );
  }, 60_000);
});
