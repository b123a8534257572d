import type { PackageChange } from '@odst/contracts/catalog';
import { describe, expect, test } from 'vitest';
import { canonicalText } from '../../src/domain/change.ts';
import { claimsOn, isSameValue, maxStandingPerSigner, mergeChanges } from '../../src/domain/change-merge.ts';
import { acted, author, contentOf, headsText, issOf, unsealed, uploaded } from '../support/records.ts';

const base = uploaded([], author('a'), '1', 'Dev');

describe('a merge', () => {
  test('keeps what another change has not seen', () => {
    const next = uploaded([base], author('b', 1), '2', 'Dev');
    const beside = uploaded([], author('c', 1), '3', 'Dev');
    expect(mergeChanges([base], [next])).toEqual([next]);
    expect(mergeChanges([next], [base])).toEqual([next]);
    expect(mergeChanges([next], [beside])).toEqual([next, beside]);
  });

  test('keeps a change as long as it stands in one head', () => {
    const promoted = acted([base], author('b', 1), { act: 'promote', to: 'Prod' });
    const again = uploaded([promoted], author('c', 2), '2', 'Prod');
    const record = mergeChanges([promoted], [again]);
    expect(record).toEqual([promoted, again]);
    expect(headsText(record)).toBe('--2');
  });

  test('keeps what stood there, where an equal change is offered', () => {
    const [kept] = mergeChanges([base], [{ ...base }]);
    expect(kept).toBe(base);
  });

  test('does not bring back what its own server took back', () => {
    const prod = acted([base], author('a', 1), { act: 'promote', to: 'Prod' });
    const demoted = acted([prod], author('a', 2), { act: 'demote', to: 'Dev' });
    const other = uploaded([prod], author('b', 3), '2', 'Test');
    const met = mergeChanges([prod], [other]);
    expect(mergeChanges(met, [demoted])).toEqual(mergeChanges([other], [demoted]));
    expect(headsText(mergeChanges(met, [demoted]))).toBe('12-');
  });

  test('of fifty sites that had the package before they met keeps their fifty changes, until one act that saw them', () => {
    const fifty = Array.from({ length: 50 }, (_, index) => ({
      ...uploaded([], author('a', index), '1', 'Prod'),
      iss: index.toString(16).padStart(32, '0'),
    }));
    const met = fifty.reduce<readonly PackageChange[]>((record, change) => mergeChanges(record, [change]), []);
    expect(met).toHaveLength(50);
    expect(headsText(met)).toBe('--1');
    const next = acted(met, author('b', 60), { act: 'delete' });
    expect(mergeChanges(met, [next])).toEqual([next]);
  });

  test('of equal vectors keeps the greater text where the values are equal, and both where they differ', () => {
    const twin = { ...base, reason: 'x' };
    const [greater] = [base, twin].toSorted((one, other) => (canonicalText(one) > canonicalText(other) ? -1 : 1));
    expect(mergeChanges([base], [twin])).toEqual([greater]);
    const other = { ...base, sets: base.sets.map((set) => ({ ...set, content: contentOf('2') })) };
    expect(mergeChanges([base], [other])).toHaveLength(2);
    expect(headsText(mergeChanges([base], [other]))).toMatch(/!/);
  });

  test('takes no change with less knowledge for one with more, whatever its stamp', () => {
    const next = uploaded([base], author('b', 1), '2', 'Dev');
    const stale = uploaded([base], author('c', 90), '3', 'Dev');
    expect(headsText(mergeChanges([next], [stale]))).toBe('3!--');
  });
});

describe('the winner of a head', () => {
  test.each<[string, PackageChange, PackageChange]>([
    ['has content', uploaded([base], author('b', 1), '2', 'Dev'), acted([base], author('c', 9), { act: 'delete' })],
    ['has the later stamp', uploaded([base], author('b', 2), '2', 'Dev'), uploaded([base], author('c', 1), '3', 'Dev')],
    ['has the greater writer', uploaded([base], author('c', 1), '2', 'Dev'), uploaded([base], author('b', 1), '3', 'Dev')],
    [
      'has the greater epoch',
      uploaded([base], author('b', 1, 'd'), '2', 'Dev'),
      uploaded([base], author('b', 1, 'c'), '3', 'Dev'),
    ],
  ])('%s', (_what, winner, loser) => {
    for (const record of [mergeChanges([winner], [loser]), mergeChanges([loser], [winner])]) {
      expect(claimsOn(record, 'Dev').map(({ change }) => change)).toEqual([winner, loser]);
    }
  });
});

describe('the bound of changes beside each other', () => {
  const restored = Array.from({ length: 12 }, (_, index) => uploaded([], author('a', index, 'abcdef012345'[index]), '1', 'Dev'));

  test('keeps the latest of each signer in each head', () => {
    const other = uploaded([], author('b'), '2', 'Dev');
    const record = mergeChanges([other], restored);
    expect(record).toEqual([other, ...restored.slice(-maxStandingPerSigner)]);
  });

  test('counts the heads apart', () => {
    const prod = uploaded([], author('a', 0, '9'), '3', 'Prod');
    expect(headsText(mergeChanges([prod], restored))).toBe('1-3');
  });
});

test('what a restored server makes is not taken for something that others have seen, however far its clock stands behind', () => {
  const first = uploaded([], author('a'), '1', 'Prod');
  // After the backup that A is restored from, and seen by B.
  const lost = uploaded([first], author('a', 60), '2', 'Prod');
  const atB = uploaded([lost], author('b', 61), '3', 'Prod');
  const after = uploaded([first], author('a', 30, 'c'), '4', 'Prod');
  expect(headsText(mergeChanges([atB], [after]))).toBe('--3!');
  expect(mergeChanges([atB], [after]).map(({ iss }) => iss)).toEqual([issOf('a'), issOf('b')]);
});

test('a value is the same by content and manifest, and by content alone while the manifest is not made', () => {
  const open = { ...contentOf('1'), manifestDigest: '' };
  expect([isSameValue(undefined, undefined), isSameValue(contentOf('1'), undefined)]).toEqual([true, false]);
  expect([isSameValue(contentOf('1'), contentOf('1')), isSameValue(contentOf('1'), contentOf('2'))]).toEqual([true, false]);
  expect([isSameValue(open, contentOf('1')), isSameValue(contentOf('1'), open)]).toEqual([true, true]);
  expect(isSameValue(contentOf('1'), { ...contentOf('1'), manifestDigest: 'f'.repeat(64) })).toBe(false);
});

test('an unsealed change gives way to its sealed form, from whichever side that comes', () => {
  const open = unsealed(base);
  expect(mergeChanges([open], [base])).toEqual([base]);
  expect(mergeChanges([base], [open])).toEqual([base]);
});
