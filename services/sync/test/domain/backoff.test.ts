import fc from 'fast-check';
import { expect, test } from 'vitest';
import { backoffMs, longestBackoffMs, shortestBackoffMs } from '../../src/domain/backoff.ts';

const chance = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });

test('the pause after the first failure is one to two seconds', () => {
  expect(backoffMs(1, 0)).toBe(2_000);
  expect(backoffMs(1, 0.999_999)).toBe(1_000);
});

test('after many failures the pause is two and a half to five minutes, for ever', () => {
  expect(backoffMs(1_000_000, 0)).toBe(longestBackoffMs);
  expect(backoffMs(1_000_000, 0.999_999)).toBe(longestBackoffMs / 2);
});

test('the pause never leaves its bounds and its ceiling never shrinks', () => {
  fc.assert(
    fc.property(fc.nat(10_000), chance, (failures, random) => {
      const pauseMs = backoffMs(failures, random);
      expect(pauseMs).toBeGreaterThanOrEqual(shortestBackoffMs);
      expect(pauseMs).toBeLessThanOrEqual(longestBackoffMs);
      expect(backoffMs(failures + 1, 0)).toBeGreaterThanOrEqual(backoffMs(failures, 0));
    }),
  );
});
