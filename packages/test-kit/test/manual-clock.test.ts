import { expect, test } from 'vitest';
import { manualClock } from '../src/index.ts';

test('stands still until it is moved', () => {
  const clock = manualClock('2026-03-01T10:00:00Z');
  expect(clock.now()).toEqual(clock.now());
  clock.advance(1500);
  expect(clock.now().toISOString()).toBe('2026-03-01T10:00:01.500Z');
  clock.advance(-2000);
  expect(clock.now().toISOString()).toBe('2026-03-01T09:59:59.500Z');
  clock.set('2027-01-01T00:00:00Z');
  expect(clock.now().toISOString()).toBe('2027-01-01T00:00:00.000Z');
});
