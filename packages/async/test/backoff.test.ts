import fc from 'fast-check';
import { expect, test } from 'vitest';
import { backoffMs, createBackoff } from '../src/index.ts';

const limits = { firstMs: 100, mostMs: 5_000 };

test('pauses double from the first to the longest', () => {
  expect([1, 2, 3, 6, 7, 8, 5_000].map((failures) => backoffMs(failures, limits))).toEqual([
    100, 200, 400, 3_200, 5_000, 5_000, 5_000,
  ]);
});

test('chance takes off up to half of a pause and nothing more', () => {
  const failures = fc.integer({ min: 1, max: 2_000 });
  fc.assert(
    fc.property(failures, fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }), (count, random) => {
      const ceilingMs = backoffMs(count, limits);
      const pauseMs = backoffMs(count, limits, random);
      expect(pauseMs).toBeLessThanOrEqual(ceilingMs);
      expect(pauseMs).toBeGreaterThanOrEqual(ceilingMs / 2);
    }),
  );
});

test('a backoff counts failures in a row, and draws chance anew for each', () => {
  const draws = [0, 0.5, 0];
  const backoff = createBackoff({ ...limits, random: () => draws.shift() ?? 0 });
  expect([backoff.nextMs(), backoff.nextMs(), backoff.nextMs(), backoff.failures]).toEqual([100, 150, 400, 3]);
  backoff.reset();
  expect([backoff.failures, backoff.nextMs()]).toEqual([0, 100]);
});
