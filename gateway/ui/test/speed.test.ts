import { expect, test } from 'vitest';
import { createSpeed } from '../src/features/uploads/speed.ts';

test('tells the speed of the last seconds, not of the whole', () => {
  const speed = createSpeed();
  expect(speed.after(0, 0)).toBe(0);
  expect(speed.after(1_000, 1_000)).toBe(1_000);
  for (let second = 2; second <= 12; second += 1) speed.after(1_000, second * 1_000);
  expect(speed.after(1_000, 13_000)).toBe(0);
  expect(speed.after(3_000, 14_000)).toBeCloseTo(400, -2);
});

test('never tells a negative one, as when an upload begins anew', () => {
  const speed = createSpeed();
  speed.after(5_000, 0);
  expect(speed.after(0, 1_000)).toBe(0);
});
