import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { afterFailure, type LoginFailures, waitMs } from '../../src/domain/login-limit.ts';

const failTimes = (times: number, nowMs = 0): LoginFailures | undefined => {
  let failures: LoginFailures | undefined;
  for (let count = 0; count < times; count += 1) failures = afterFailure(failures, nowMs);
  return failures;
};

describe('the limit on failed logins', () => {
  test('lets five mistakes pass', () => {
    expect(waitMs(undefined, 0)).toBe(0);
    expect(waitMs(failTimes(5), 0)).toBe(0);
  });

  test('doubles the wait from the sixth on, up to a minute', () => {
    expect([6, 7, 8, 11, 12, 13, 60].map((times) => waitMs(failTimes(times), 0) / 1_000)).toEqual([1, 2, 4, 32, 60, 60, 60]);
  });

  test('forgets after a quarter of an hour', () => {
    const failures = failTimes(10);
    expect(afterFailure(failures, 15 * 60_000).count).toBe(11);
    expect(afterFailure(failures, 15 * 60_000 + 1).count).toBe(1);
  });

  test('never blocks for longer than a minute, whatever the times', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(3_600_000), { minLength: 1 }), (pauses) => {
        let nowMs = 0;
        let failures: LoginFailures | undefined;
        for (const pause of pauses) {
          nowMs += pause;
          failures = afterFailure(failures, nowMs);
          expect(waitMs(failures, nowMs)).toBeLessThanOrEqual(60_000);
        }
      }),
    );
  });
});
