import fc from 'fast-check';
import { expect, test } from 'vitest';
import { contentRange, parseRange } from '../../src/data-plane/byte-range.ts';

test('reads single ranges of all three forms', () => {
  expect(parseRange('bytes=0-99', 1000)).toEqual({ start: 0, end: 100 });
  expect(parseRange('bytes=900-', 1000)).toEqual({ start: 900, end: 1000 });
  expect(parseRange('bytes=-100', 1000)).toEqual({ start: 900, end: 1000 });
  expect(parseRange('Bytes=5-5', 1000)).toEqual({ start: 5, end: 6 });
  expect(parseRange('bytes=0-', 1000)).toEqual({ start: 0, end: 1000 });
  expect(parseRange('bytes= 5-9\t', 1000)).toEqual({ start: 5, end: 10 });
});

test('takes a list of one for the one', () => {
  for (const header of ['bytes=5-9,', 'bytes=,5-9', 'bytes= , 5-9 ,,']) {
    expect(parseRange(header, 1000)).toEqual({ start: 5, end: 10 });
  }
});

test('takes numbers beyond all files', () => {
  const huge = '9'.repeat(400);
  expect(parseRange(`bytes=5-${huge}`, 1000)).toEqual({ start: 5, end: 1000 });
  expect(parseRange(`bytes=-${huge}`, 1000)).toEqual({ start: 0, end: 1000 });
  expect(parseRange(`bytes=${huge}-`, 1000)).toBe('unsatisfiable');
  expect(parseRange('bytes=18446744073709551616-18446744073709551617', 1000)).toBe('unsatisfiable');
});

test('has the whole of an empty file for its end, and nothing else of it', () => {
  expect(parseRange('bytes=-5', 0)).toBe('whole');
  for (const header of ['bytes=0-', 'bytes=0-0', 'bytes=-0']) expect(parseRange(header, 0)).toBe('unsatisfiable');
});

test('cuts a range at the end of the file', () => {
  expect(parseRange('bytes=990-5000', 1000)).toEqual({ start: 990, end: 1000 });
  expect(parseRange('bytes=-5000', 1000)).toEqual({ start: 0, end: 1000 });
});

test('cannot satisfy a range beyond the end', () => {
  expect(parseRange('bytes=1000-', 1000)).toBe('unsatisfiable');
  expect(parseRange('bytes=1000-2000', 1000)).toBe('unsatisfiable');
  expect(parseRange('bytes=-0', 1000)).toBe('unsatisfiable');
});

test('serves the whole for what is no single range of bytes', () => {
  for (const header of [
    undefined,
    '',
    'bytes',
    'bytes=',
    'bytes=-',
    'bytes=a-b',
    'bytes=9-3',
    'bytes=0-1,5-6',
    'lines=1-2',
    'bytes=1-2x',
    'bytes=0-1, -2',
    'bytes=2000-,3000-',
    'bytes=,',
    'bytes =0-1',
    'bytes=0 - 1',
    'bytes=--5',
    'bytes=+1-5',
    'bytes=0x1-0x5',
    'bytes=1.0-2',
    'items=0-1',
    'none',
  ]) {
    expect(parseRange(header, 1000)).toBe('whole');
  }
});

test('never leaves the file, whatever is asked', () => {
  fc.assert(
    fc.property(fc.nat(5000), fc.option(fc.nat(9000)), fc.option(fc.nat(9000)), (size, first, last) => {
      const range = parseRange(`bytes=${first ?? ''}-${last ?? ''}`, size);
      if (typeof range === 'string') return;
      expect(range.start).toBeGreaterThanOrEqual(0);
      expect(range.start).toBeLessThan(range.end);
      expect(range.end).toBeLessThanOrEqual(size);
    }),
  );
});

test('names the served range', () => expect(contentRange({ start: 5, end: 10 }, 20)).toBe('bytes 5-9/20'));
