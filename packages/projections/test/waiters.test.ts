import { describe, expect, test } from 'vitest';
import { createWaiters, defaultWaitMs } from '../src/waiters.ts';

describe('waiters', () => {
  test('are let go when their position is reached, and no sooner', async () => {
    const waiters = createWaiters('packages');
    const done: string[] = [];
    const first = waiters.wait(3n, 5_000).then(() => done.push('first'));
    const second = waiters.wait(5n, 5_000).then(() => done.push('second'));
    waiters.reached(2n);
    waiters.reached(4n);
    await first;
    expect(done).toEqual(['first']);
    waiters.reached(5n);
    await second;
    expect(waiters.count).toBe(0);
  });

  test('are refused when the time is over', async () => {
    const waiters = createWaiters('packages');
    await expect(waiters.wait(3n, 5)).rejects.toMatchObject({
      code: 'COMMON_DEADLINE_EXCEEDED',
      details: { projection: 'packages', position: '3' },
    });
    expect(waiters.count).toBe(0);
  });

  test('are refused when the runner stops, those that come later too', async () => {
    const waiters = createWaiters('packages');
    const waiting = waiters.wait(3n, 5_000);
    waiters.close();
    await expect(waiting).rejects.toMatchObject({ code: 'COMMON_SERVICE_UNAVAILABLE' });
    await expect(waiters.wait(1n, 5_000)).rejects.toMatchObject({ code: 'COMMON_SERVICE_UNAVAILABLE' });
  });
});

test('a caller waits long for rows that follow, and not where they cannot', () => {
  expect(defaultWaitMs({ isBegun: true, isFailing: false })).toBe(8_000);
  expect(defaultWaitMs({ isBegun: true, isFailing: true })).toBe(2_000);
  expect(defaultWaitMs({ isBegun: false, isFailing: false })).toBe(2_000);
});
