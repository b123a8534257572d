import fc from 'fast-check';
import { expect, test } from 'vitest';
import { parseHttpDate } from '../../src/data-plane/http-date.ts';

const now = new Date('2026-02-03T04:05:06Z');
const read = (value: string | undefined) => parseHttpDate(value, now);

test('reads the three forms of RFC 9110 §5.6.7, all of them as UTC', () => {
  const expected = Date.UTC(1994, 10, 6, 8, 49, 37);
  expect(read('Sun, 06 Nov 1994 08:49:37 GMT')).toBe(expected);
  expect(read('Sunday, 06-Nov-94 08:49:37 GMT')).toBe(expected);
  expect(read('Sun Nov  6 08:49:37 1994')).toBe(expected);
  expect(read('Sun Nov 16 08:49:37 1994')).toBe(Date.UTC(1994, 10, 16, 8, 49, 37));
});

test('takes a year of two digits for the one that is at most 50 years ahead', () => {
  expect(read('Tuesday, 03-Feb-26 04:05:06 GMT')).toBe(Date.UTC(2026, 1, 3, 4, 5, 6));
  expect(read('Tuesday, 03-Feb-76 04:05:06 GMT')).toBe(Date.UTC(2076, 1, 3, 4, 5, 6));
  expect(read('Tuesday, 03-Feb-77 04:05:06 GMT')).toBe(Date.UTC(1977, 1, 3, 4, 5, 6));
  expect(parseHttpDate('Tuesday, 03-Feb-05 04:05:06 GMT', new Date('2096-01-01'))).toBe(Date.UTC(2105, 1, 3, 4, 5, 6));
});

test.each([
  undefined,
  '',
  'yesterday',
  '0',
  '2026-02-03T04:05:06Z',
  'Tue, 03 Feb 2026 04:05:06',
  'Tue, 03 Feb 2026 04:05:06 +0000',
  'Tue, 03 Feb 2026 04:05:06 UTC',
  'Tue, 3 Feb 2026 04:05:06 GMT',
  'tue, 03 feb 2026 04:05:06 gmt',
  'Tue, 30 Feb 2026 04:05:06 GMT',
  'Tue, 00 Feb 2026 04:05:06 GMT',
  'Tue, 03 Feb 2026 24:05:06 GMT',
  'Tue, 03 Feb 2026 04:05:06 GMT; length=123',
  'Tue, 03 Feb 2026 04:05:06 GMT, Tue, 03 Feb 2026 04:05:06 GMT',
  'Tue, 03 Feb 26 04:05:06 GMT',
  'Tue, 03 Feb 20260 04:05:06 GMT',
])('takes %j for no date', (value) => expect(read(value)).toBeUndefined());

test('reads what is given out', () => {
  fc.assert(
    fc.property(fc.date({ min: new Date('1970-01-01'), max: new Date('9999-12-31T23:59:59Z'), noInvalidDate: true }), (date) => {
      expect(read(date.toUTCString())).toBe(Math.floor(date.getTime() / 1_000) * 1_000);
    }),
  );
});
