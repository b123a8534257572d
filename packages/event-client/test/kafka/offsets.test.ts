import { expect, test } from 'vitest';
import { createOffsets } from '../../src/kafka/offsets.ts';

test('offsets are read as they were written, the same text for the same offsets', () => {
  const [one, other] = [createOffsets(), createOffsets()];
  const huge = { next: 9_007_199_254_740_993n, last: { offset: 9_007_199_254_740_991n, id: 'an id\nof two lines' } };
  one.advance('b', 10, { next: 5n });
  one.advance('b', 2, { next: 7n });
  one.advance('a', 0, huge);
  one.know('c');
  other.know('c');
  other.advance('a', 0, huge);
  other.advance('b', 2, { next: 7n });
  other.advance('b', 10, { next: 5n });
  expect(one.toPosition()).toBe(other.toPosition());
  const read = createOffsets(one.toPosition());
  expect(read.toPosition()).toBe(one.toPosition());
  expect([read.place('a', 0), read.place('b', 2), read.place('b', 3), read.place('d', 0)]).toEqual([
    huge,
    { next: 7n },
    undefined,
    undefined,
  ]);
  expect(['b', 'c', 'd'].map((topic) => read.partitions(topic))).toEqual([[2, 10], [], undefined]);
});

test('an offset never falls, and 10 is more than 9', () => {
  const offsets = createOffsets();
  for (const next of [9n, 10n, 8n]) offsets.advance('a', 0, { next });
  expect(offsets.place('a', 0)).toEqual({ next: 10n });
});

test.each(['', '7', 'null', '[]', '{"a":1}', '{"a":{"0":1}}', '{"a":{"x":"1"}}', '{"a":{"0":"-1"}}', '{"a":{"0":"2 1"}}'])(
  '%o is no position',
  (text) => {
    expect(() => createOffsets(text)).toThrow('no position');
  },
);
