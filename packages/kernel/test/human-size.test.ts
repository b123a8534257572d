import { expect, test } from 'vitest';
import { humanSize } from '../src/index.ts';

test.each([
  [0, '0.0 B'],
  [1, '1.0 B'],
  [1023, '1023.0 B'],
  [1024, '1.0 KB'],
  [1_048_575, '1.0 MB'],
  [3_460_301, '3.3 MB'],
  [60_344_290_509, '56.2 GB'],
  [2 ** 50, '1.0 PB'],
  [2 ** 60, '1024.0 PB'],
])('writes %i bytes as %s', (bytes, text) => {
  expect(humanSize(bytes)).toBe(text);
});
