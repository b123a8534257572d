import type { PackageChange } from '@odst/contracts/catalog';
import { describe, expect, test } from 'vitest';
import type { Author } from '../../src/domain/change.ts';
import { mergeChanges } from '../../src/domain/change-merge.ts';
import { dateAmong, datesOf, servedBefore, servedDate } from '../../src/domain/content-date.ts';
import { acted, author, contentOf, shaOf, uploaded } from '../support/records.ts';

const beginning = author('a').now.getTime();
/** Author of a change: server and milliseconds after the beginning of 2026. */
const at = (letter: string, ms: number): Author & ReturnType<typeof author> => ({
  ...author(letter),
  now: new Date(beginning + ms),
});
const msOf = ({ datedAt }: Pick<PackageChange, 'datedAt'>) => (datedAt?.getTime() ?? Number.NaN) - beginning;
/** What is told of a content that is served while these changes stand, in milliseconds; undefined for a shared date. */
const told = (
  changes: readonly PackageChange[],
  content: string,
  before: readonly { sha256: string; datedAt: Date | undefined }[] = [],
) => {
  const served = { sha256: shaOf(content), datedAt: dateAmong(changes, contentOf(content)) };
  const { at: date, isShared } = servedDate(served, [...before, ...datesOf(changes)]);
  return isShared ? undefined : date.getTime() - beginning;
};

describe('the date of a new content', () => {
  test('is the time of its upload where nothing was there', () => {
    expect(msOf(uploaded([], at('a', 1_234), '1', 'Prod'))).toBe(1_234);
  });

  test('is in a later second than that of what it replaces, however fast it comes', () => {
    const first = uploaded([], at('a', 1_200), '1', 'Prod');
    const second = uploaded([first], at('a', 1_300), '2', 'Prod');
    const again = uploaded([second], at('a', 1_999), '1', 'Prod');
    expect([first, second, again].map(msOf)).toEqual([1_200, 2_000, 3_000]);
    expect(msOf(uploaded([again], at('a', 9_500), '2', 'Prod'))).toBe(9_500);
  });

  test('is later than that of other heads too, and than one whose author’s clock is ten minutes fast', () => {
    const first = uploaded([], at('a', 600_500), '1', 'Prod');
    expect(msOf(uploaded([first], at('b', 0), '2', 'Dev'))).toBe(601_000);
  });

  test('is later than that of every side of a conflict', () => {
    const conflict = mergeChanges([uploaded([], at('a', 5_000), '1', 'Test')], [uploaded([], at('b', 7_500), '2', 'Test')]);
    expect(msOf(uploaded(conflict, at('c', 0), '3', 'Prod'))).toBe(8_000);
  });

  test('is not moved by a date more than 24 h ahead', () => {
    const first = uploaded([], at('a', 25 * 3_600_000), '1', 'Prod');
    expect(msOf(uploaded([first], at('b', 5_000), '2', 'Prod'))).toBe(5_000);
  });
});

describe('the date of a content that comes to another head', () => {
  const promoted = (present: readonly PackageChange[], by: ReturnType<typeof at>, from: 'Dev' | 'Test' = 'Dev') =>
    acted(present, by, { act: 'promote', from, to: 'Prod' });

  test('stays', () => {
    expect(msOf(promoted([uploaded([], at('a', 1_234), '1', 'Dev')], at('a', 90_000)))).toBe(1_234);
  });

  test('is the present one where its own is more than 24 h ahead', () => {
    const farAhead = uploaded([], at('a', 25 * 3_600_000), '1', 'Dev');
    expect(msOf(promoted([farAhead], at('b', 0)))).toBe(0);
  });

  test('moves where other content has that second or a later one', () => {
    const [one, other] = [uploaded([], at('a', 5_000), '1', 'Dev'), uploaded([], at('b', 5_900), '2', 'Prod')];
    expect(msOf(promoted([one, other], at('a', 90_000)))).toBe(90_000);
    const earlier = uploaded([], at('b', 3_000), '2', 'Prod');
    expect(msOf(promoted([one, earlier], at('a', 90_000)))).toBe(5_000);
  });

  test('is the latest of those that sites gave the same content without knowing of each other', () => {
    const both = mergeChanges([uploaded([], at('a', 5_000), '1', 'Dev')], [uploaded([], at('b', 7_300), '1', 'Dev')]);
    expect(msOf(promoted(both, at('a', 90_000)))).toBe(7_300);
  });
});

describe('the date that is told of what is served', () => {
  const first = uploaded([], at('a', 1_200), '1', 'Prod');

  test('is that of the change that names it, the latest of several', () => {
    expect(told([first], '1')).toBe(1_200);
    const other = uploaded([], at('b', 7_300), '1', 'Prod');
    expect([told(mergeChanges([first], [other]), '1'), told(mergeChanges([other], [first]), '1')]).toEqual([7_300, 7_300]);
  });

  test('is none of its own while contents of a conflict have the same second, or the one that lost has a later one', () => {
    expect(told(mergeChanges([first], [uploaded([], at('b', 1_900), '2', 'Prod')]), '1')).toBeUndefined();
    expect(told(mergeChanges([first], [uploaded([], at('b', 5_000), '2', 'Prod')]), '1')).toBeUndefined();
    expect(told(mergeChanges([first], [uploaded([], at('b', 900), '2', 'Prod')]), '1')).toBe(1_200);
  });

  test('is none of its own after other content of a later second was served', () => {
    const before = [{ sha256: shaOf('3'), datedAt: at('a', 2_000).now }];
    expect(told([first], '1', before)).toBeUndefined();
    expect(told([first], '1', [{ sha256: shaOf('3'), datedAt: at('a', 900).now }])).toBe(1_200);
  });
});

test('of what was served the latest dates of two contents are kept, one of which is another than any', () => {
  const dated = (content: string, ms: number) => ({ sha256: shaOf(content), datedAt: at('a', ms).now });
  let before: ReturnType<typeof servedBefore> = [];
  for (const served of [dated('1', 1_000), dated('2', 5_000), dated('3', 3_000), dated('1', 2_000)])
    before = servedBefore(before, served);
  expect(before).toEqual([dated('2', 5_000), dated('3', 3_000)]);
});

test('of a content that is served again with an earlier date, the later one stays kept: it was given out', () => {
  const dated = (content: string, ms: number) => ({ sha256: shaOf(content), datedAt: at('a', ms).now });
  const before = [dated('1', 1_000), dated('2', 5_000), dated('2', 2_000)].reduce(servedBefore, []);
  expect(before).toEqual([dated('2', 5_000), dated('1', 1_000)]);
  expect(servedDate(dated('3', 5_000), before).isShared).toBe(true);
});
