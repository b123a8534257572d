import { expect, test } from 'vitest';
import { createSealPauses } from '../../src/app/seal-pauses.ts';

test('a blob is left alone for a minute after a failure, twice as long after each further one, never over an hour', () => {
  let now = 0;
  const pauses = createSealPauses(() => now);
  const lengths = Array.from({ length: 9 }, (_, failure) => {
    pauses.failed('a', failure);
    const from = now;
    while (pauses.during('a') !== undefined) now += 1_000;
    return (now - from) / 1_000;
  });
  expect(lengths).toEqual([60, 120, 240, 480, 960, 1_920, 3_600, 3_600, 3_600]);
});

test('a pause tells the last reason, and is each blob its own', () => {
  const pauses = createSealPauses(() => 0);
  for (const error of ['first', 'second']) pauses.failed('a', error);
  expect(pauses.during('a')).toEqual({ error: 'second' });
  expect(pauses.during('b')).toBeUndefined();
  pauses.done('a');
  expect(pauses.during('a')).toBeUndefined();
});
