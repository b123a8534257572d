import type { PackageRecord } from '@odst/contracts/catalog';
import { describe, expect, test } from 'vitest';
import { servedDate } from '../../src/domain/content-date.ts';
import { mergeRecords } from '../../src/domain/record-merge.ts';
import { deleted, epochOf, firstChange, issOf, replaced, shaOf, staged } from '../support/records.ts';

/** Author of a change: server and milliseconds after the beginning of 2026. */
const at = (letter: string, ms: number) => ({
  iss: issOf(letter),
  epoch: epochOf(letter),
  now: new Date(Date.UTC(2026, 0, 1) + ms),
});
const msOf = ({ createdAt }: PackageRecord) => (createdAt?.getTime() ?? Number.NaN) - Date.UTC(2026, 0, 1);
/** What is told of a record whose content is served, in milliseconds after the beginning of 2026; undefined for a shared date. */
const told = (record: PackageRecord, served = record) => {
  const date = servedDate({ record, served });
  return date === undefined || date.isShared ? undefined : date.at.getTime() - Date.UTC(2026, 0, 1);
};

describe('the date of a new content', () => {
  test('is the time of its upload where nothing was there', () => {
    expect(msOf(firstChange(at('a', 1_234), '1', 'Prod'))).toBe(1_234);
  });

  test('is in a later second than that of what it replaces, however fast it comes', () => {
    const first = firstChange(at('a', 1_200), '1', 'Prod');
    const second = replaced(first, at('a', 1_300), '2', 'Prod');
    const again = replaced(second, at('a', 1_999), '1', 'Prod');
    expect([first, second, again].map(msOf)).toEqual([1_200, 2_000, 3_000]);
    expect(msOf(replaced(again, at('a', 9_500), '2', 'Prod'))).toBe(9_500);
  });

  test('is so also after one whose author’s clock is ten minutes fast, and after a deletion', () => {
    const first = firstChange(at('a', 600_500), '1', 'Prod');
    expect(msOf(replaced(first, at('b', 0), '2', 'Prod'))).toBe(601_000);
    const gone = deleted(first, at('a', 600_900));
    expect(msOf(replaced(gone, at('a', 600_950), '1', 'Prod'))).toBe(601_000);
  });

  test('is later than that of every side of a conflict', () => {
    const conflict = mergeRecords(firstChange(at('a', 5_000), '1', 'Test'), firstChange(at('b', 7_500), '2', 'Dev'));
    expect(msOf(replaced(conflict, at('c', 0), '3', 'Prod'))).toBe(8_000);
  });

  test('is not moved by a date more than 24 h ahead', () => {
    const first = firstChange(at('a', 25 * 3_600_000), '1', 'Prod');
    expect(msOf(replaced(first, at('b', 5_000), '2', 'Prod'))).toBe(5_000);
  });
});

describe('the date of a content that gets another stage', () => {
  test('stays', () => {
    expect(msOf(staged(firstChange(at('a', 1_234), '1', 'Dev'), at('a', 90_000), 'Prod'))).toBe(1_234);
    const farAhead = firstChange(at('a', 25 * 3_600_000), '1', 'Dev');
    expect(msOf(staged(farAhead, at('b', 0), 'Prod'))).toBe(25 * 3_600_000);
  });

  test('moves where that ends a conflict with other content of that second or later', () => {
    const [one, other] = [firstChange(at('a', 5_000), '1', 'Test'), firstChange(at('b', 5_900), '2', 'Dev')];
    expect(msOf(staged(mergeRecords(one, other), at('a', 90_000), 'Prod'))).toBe(6_000);
    const earlier = firstChange(at('b', 3_000), '2', 'Dev');
    expect(msOf(staged(mergeRecords(one, earlier), at('a', 90_000), 'Prod'))).toBe(5_000);
  });

  test('is the latest of those that sites gave the same content without knowing of each other', () => {
    const both = mergeRecords(firstChange(at('a', 5_000), '1', 'Dev'), firstChange(at('b', 7_300), '1', 'Dev'));
    expect(msOf(staged(both, at('a', 90_000), 'Prod'))).toBe(7_300);
  });
});

describe('the date that is told of what is served', () => {
  const first = firstChange(at('a', 1_200), '1', 'Prod');

  test('is none where nothing is', () => {
    expect(servedDate({ record: first, served: undefined })).toBeUndefined();
  });

  test('is that of the content that was verified last, while newer one is on its way', () => {
    expect(told(replaced(first, at('b', 9_000), '2', 'Prod'), first)).toBe(1_200);
  });

  test('is that of the present change where the same content came back', () => {
    const back = replaced(replaced(first, at('b', 1_300), '2', 'Prod'), at('b', 1_400), '1', 'Prod');
    expect(told(back, first)).toBe(3_000);
  });

  test('is the same whichever site tells it, where both had the same content', () => {
    const other = firstChange(at('b', 7_300), '1', 'Prod');
    expect([told(mergeRecords(first, other)), told(mergeRecords(other, first))]).toEqual([7_300, 7_300]);
  });

  test('is nobody’s while contents of a conflict have the same second, or the one that lost has a later one', () => {
    expect(told(mergeRecords(first, firstChange(at('b', 1_900), '2', 'Dev')))).toBeUndefined();
    // What came before the loser may have had the winner's date at its own site.
    expect(told(mergeRecords(first, firstChange(at('b', 5_000), '2', 'Dev')))).toBeUndefined();
    expect(told(mergeRecords(first, firstChange(at('b', 900), '2', 'Dev')))).toBe(1_200);
  });

  test('is nobody’s where content that does not know of it is on its way with the same second', () => {
    const here = firstChange(at('a', 1_200), '1', 'Dev');
    const merged = mergeRecords(here, firstChange(at('b', 1_900), '2', 'Prod'));
    expect([merged.sha256, told(merged, here)]).toEqual([shaOf('2'), undefined]);
    expect(told(mergeRecords(here, firstChange(at('b', 900), '2', 'Prod')), here)).toBe(1_200);
  });
});
