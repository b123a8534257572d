import { expect, test } from 'vitest';
import { createOffsets } from '../../src/kafka/offsets.ts';

test('offsets are read as they were written, the same text for the same offsets', () => {
  const [one, other] = [createOffsets(), createOffsets()];
  one.advance('b', 10, '5');
  one.advance('b', 2, '7');
  one.advance('a', 0, '9007199254740993');
  other.advance('a', 0, '9007199254740993');
  other.advance('b', 2, '7');
  other.advance('b', 10, '5');
  expect(one.toPosition()).toBe(other.toPosition());
  const read = createOffsets(one.toPosition());
  expect(read.toPosition()).toBe(one.toPosition());
  expect([read.next('a', 0), read.next('b', 2), read.next('b', 3), read.next('c', 0)]).toEqual([
    '9007199254740993',
    '7',
    undefined,
    undefined,
  ]);
});

test('an offset never falls, and 10 is more than 9', () => {
  const offsets = createOffsets();
  for (const next of ['9', '10', '8']) offsets.advance('a', 0, next);
  expect(offsets.next('a', 0)).toBe('10');
});

test.each(['', '7', 'null', '[]', '{"a":1}', '{"a":{"0":1}}', '{"a":{"x":"1"}}', '{"a":{"0":"-1"}}'])(
  '%o is no position',
  (text) => {
    expect(() => createOffsets(text)).toThrow('no position');
  },
);
