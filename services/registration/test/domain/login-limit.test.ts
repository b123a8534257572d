import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  afterFailure,
  afterLook,
  afterOwnAct,
  freeFailuresOfAccount,
  freeFailuresOfNetwork,
  type LoginFailures,
  type Looks,
  waitMs,
  withoutFailure,
  withoutLook,
} from '../../src/domain/login-limit.ts';

const failTimes = (times: number, free: number, nowMs = 0): LoginFailures | undefined => {
  let failures: LoginFailures | undefined;
  for (let count = 0; count < times; count += 1) failures = afterFailure(failures, nowMs, free);
  return failures;
};

describe.each([
  ['one account', freeFailuresOfAccount],
  ['one network', freeFailuresOfNetwork],
])('the limit on failed logins of %s', (_of, free) => {
  test('lets a few mistakes pass', () => {
    expect(waitMs(undefined, 0)).toBe(0);
    expect(waitMs(failTimes(free, free), 0)).toBe(0);
  });

  test('doubles the wait from then on, up to a minute', () => {
    const waits = [1, 2, 3, 6, 7, 8, 55].map((more) => waitMs(failTimes(free + more, free), 0) / 1_000);
    expect(waits).toEqual([1, 2, 4, 32, 60, 60, 60]);
  });

  test('forgets after a quarter of an hour', () => {
    const failures = failTimes(free + 5, free);
    expect(afterFailure(failures, 15 * 60_000, free).count).toBe(free + 6);
    expect(afterFailure(failures, 15 * 60_000 + 1, free).count).toBe(1);
  });

  test('takes back one that was none, but not the block that others have earned', () => {
    const one = failTimes(free + 1, free) as LoginFailures;
    expect(waitMs(withoutFailure(one, free), 0)).toBe(0);
    const two = failTimes(free + 2, free) as LoginFailures;
    expect(withoutFailure(two, free)).toEqual({ ...two, count: free + 1 });
  });

  test('never blocks for longer than a minute, whatever the times', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(3_600_000), { minLength: 1 }), (pauses) => {
        let nowMs = 0;
        let failures: LoginFailures | undefined;
        for (const pause of pauses) {
          nowMs += pause;
          failures = afterFailure(failures, nowMs, free);
          expect(waitMs(failures, nowMs)).toBeLessThanOrEqual(60_000);
        }
      }),
    );
  });
});

describe('the looks while logins are limited', () => {
  test('are three hundred at once, and one more every five seconds', () => {
    let looks: Looks | undefined;
    for (let count = 0; count < 300; count += 1) looks = afterLook(looks, 0);
    expect(afterLook(looks, 0)).toBeUndefined();
    expect(afterLook(looks, 4_999)).toBeUndefined();
    expect(afterLook(looks, 5_000)).toEqual({ left: 0, atMs: 5_000 });
  });

  test('are as many as before when the credentials were right', () => {
    const looks = { left: 3.5, atMs: 7 };
    expect(withoutLook(afterLook(looks, 7) as Looks)).toEqual(looks);
  });

  test('are never more in any time than three hundred and one every five seconds', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(20_000), { minLength: 300, maxLength: 1_000 }), (pauses) => {
        let [nowMs, taken] = [0, 0];
        let looks: Looks | undefined;
        for (const pause of pauses) {
          nowMs += pause;
          const after = afterLook(looks, nowMs);
          if (after !== undefined) taken += 1;
          looks = after ?? looks;
        }
        expect(taken).toBeLessThanOrEqual(300 + nowMs / 5_000);
      }),
      { numRuns: 20 },
    );
  });
});

test('a clock that is set back takes no looks and no own acts away', () => {
  const [look, act] = [afterLook(undefined, 86_400_000), afterOwnAct(undefined, 86_400_000)];
  expect([afterLook(look, 0), afterOwnAct(act, 0)]).toEqual([
    { left: 298, atMs: 0 },
    { left: 198, atMs: 0 },
  ]);
});
