import { expect, test } from 'vitest';
import { adminTime, clockSpan, unixSeconds } from '../src/times.ts';

test('writes times without zone and fraction, with a twin in seconds', () => {
  const time = new Date('2017-11-11T03:15:54.987Z');
  expect(adminTime(time)).toBe('2017-11-11T03:15:54');
  expect(unixSeconds(time)).toBe(1_510_370_154);
});

test.each([
  [0, '0:00:00'],
  [30_806, '8:33:26'],
  [360_000, '100:00:00'],
])('writes %i seconds as %s', (seconds, text) => {
  expect(clockSpan(seconds)).toBe(text);
});
