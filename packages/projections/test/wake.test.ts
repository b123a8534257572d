import { describe, expect, test } from 'vitest';
import { createWake } from '../src/wake.ts';

describe('wake', () => {
  test('ends a wait under way', async () => {
    const wake = createWake();
    const waiting = wake.wait(60_000);
    wake.call();
    await waiting;
  });

  test('does not lose a call that comes before the wait, and keeps it once', async () => {
    const wake = createWake();
    wake.call();
    wake.call();
    await wake.wait(60_000);
    const startedAt = performance.now();
    await wake.wait(20);
    expect(performance.now() - startedAt).toBeGreaterThan(15);
  });
});
