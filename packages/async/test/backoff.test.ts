import fc from 'fast-check';
import { expect, test } from 'vitest';
import { backoffMs, createBackoff } from '../src/index.ts';

const limits = { firstMs: 200, mostMs: 6_000 };

test('pauses double from the first to the longest', () => {
  const failures = [1, 2, 3, 5, 6, 7, 5_000];
  expect(failures.map((count) => backoffMs(count, limits))).toEqual([200, 400, 800, 3_200, 6_000, 6_000, 6_000]);
  expect(failures.map((count) => backoffMs(count))).toEqual([100, 200, 400, 1_600, 3_200, 5_000, 5_000]);
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
  expect([backoff.nextMs(), backoff.nextMs(), backoff.nextMs(), backoff.failures]).toEqual([200, 300, 800, 3]);
  backoff.reset();
  expect([backoff.failures, backoff.nextMs()]).toEqual([0, 200]);
});
