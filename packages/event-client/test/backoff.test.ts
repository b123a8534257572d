import { expect, test } from 'vitest';
import { backoffMs } from '../src/backoff.ts';

test('the pause doubles up to half a minute, and chance leaves out up to a half', () => {
  expect([1, 2, 3, 6, 7, 1_000].map((failures) => backoffMs(failures, 0))).toEqual([500, 1_000, 2_000, 16_000, 30_000, 30_000]);
  expect(backoffMs(1, 1)).toBe(250);
});
