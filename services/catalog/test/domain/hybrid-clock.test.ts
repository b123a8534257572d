import { describe, expect, test } from 'vitest';
import { isAhead, nextStamp, stampsPerMs } from '../../src/domain/hybrid-clock.ts';

const own = 'a'.repeat(32);
const other = 'b'.repeat(32);
const nowMs = Date.UTC(2026, 0, 1);
const now = BigInt(nowMs) * stampsPerMs;
const hour = 3_600_000n * stampsPerMs;

describe('nextStamp', () => {
  test('is the clock where nothing was seen', () => {
    expect(nextStamp([], own, nowMs)).toBe(now);
  });

  test('goes on after the last own change when the clock stands before it', () => {
    expect(nextStamp([{ writer: own, stamp: now + 48n * hour }], own, nowMs)).toBe(now + 48n * hour + 1n);
  });

  test('goes on after what other servers have done', () => {
    expect(nextStamp([{ writer: other, stamp: now + 23n * hour }], own, nowMs)).toBe(now + 23n * hour + 1n);
  });

  test('is not moved by a stamp more than 24 h ahead', () => {
    expect(nextStamp([{ writer: other, stamp: now + 25n * hour }], own, nowMs)).toBe(now);
  });
});

test('a stamp is ahead when it is more than 24 h after the clock', () => {
  expect([isAhead(now + 24n * hour, nowMs), isAhead(now + 24n * hour + 1n, nowMs)]).toEqual([false, true]);
});
