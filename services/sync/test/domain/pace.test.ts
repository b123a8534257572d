import { expect, test } from 'vitest';
import { createPace } from '../../src/domain/pace.ts';

const at = (ms: number) => new Date(1_000_000 + ms);

test('tells the bytes of a second over the last ten, without those that were there at first', () => {
  const pace = createPace();
  pace.mark(0n, at(0));
  pace.mark(5_000_000n, at(500));
  expect(pace.bytesPerSecond(at(500))).toBe(0n);
  for (let second = 1; second <= 30; second += 1) pace.mark(5_000_000n + BigInt(second) * 1_000n, at(500 + second * 1_000));
  expect(pace.bytesPerSecond(at(30_500))).toBe(1_000n);
});

test('falls to nothing when nothing comes', () => {
  const pace = createPace();
  pace.mark(1n, at(0));
  pace.mark(10_001n, at(1_000));
  expect(pace.bytesPerSecond(at(1_000))).toBe(10_000n);
  expect(pace.bytesPerSecond(at(5_000))).toBe(2_000n);
  expect(pace.bytesPerSecond(at(20_000))).toBe(0n);
});
