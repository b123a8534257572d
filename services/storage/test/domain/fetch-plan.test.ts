import { Bitmap } from '@odst/kernel';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { planRuns } from '../../src/domain/fetch-plan.ts';

const bitmapOf = (length: number, chunks: readonly number[]) => {
  const bitmap = new Bitmap(length);
  for (const chunk of chunks) bitmap.add(chunk);
  return bitmap;
};

test('cuts an empty blob into runs of the longest length', () => {
  expect(planRuns(new Bitmap(5), 2)).toEqual([
    { start: 0, end: 2 },
    { start: 2, end: 4 },
    { start: 4, end: 5 },
  ]);
  expect(planRuns(new Bitmap(0), 2)).toEqual([]);
});

test('leaves out what is verified', () => {
  expect(planRuns(bitmapOf(6, [0, 3]), 16)).toEqual([
    { start: 1, end: 3 },
    { start: 4, end: 6 },
  ]);
});

test('asks for each missing chunk once, ascending, and for nothing else', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 300 }),
      fc.array(fc.nat(299)),
      fc.integer({ min: 1, max: 20 }),
      (length, chunks, longest) => {
        const verified = bitmapOf(
          length,
          chunks.filter((chunk) => chunk < length),
        );
        const runs = planRuns(verified, longest);
        expect(runs.every(({ start, end }) => end > start && end - start <= longest)).toBe(true);
        const asked = runs.flatMap(({ start, end }) => Array.from({ length: end - start }, (_, index) => start + index));
        expect(asked).toEqual([...verified.missing()]);
      },
    ),
  );
});
