import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Bitmap } from '../src/bitmap.ts';

/** A length, and some of the numbers below it in the order in which they are added. */
const additions = fc.integer({ min: 0, max: 300 }).chain((length) =>
  fc.record({
    length: fc.constant(length),
    added: fc.array(fc.nat(Math.max(length - 1, 0)), { maxLength: length === 0 ? 0 : 400 }),
  }),
);

const filled = (length: number, added: readonly number[]) => {
  const bitmap = new Bitmap(length);
  for (const index of added) bitmap.add(index);
  return bitmap;
};

describe('a bitmap', () => {
  it('holds what was added and nothing else', () => {
    fc.assert(
      fc.property(additions, ({ length, added }) => {
        const bitmap = filled(length, added);
        const model = new Set(added);
        expect(bitmap.size).toBe(model.size);
        expect(bitmap.complete).toBe(model.size === length);
        for (let index = 0; index < length + 9; index += 1) expect(bitmap.has(index)).toBe(model.has(index));
      }),
    );
  });

  it('names what is missing, ascending, in any window', () => {
    fc.assert(
      fc.property(additions, fc.nat(300), fc.nat(300), ({ length, added }, first, second) => {
        const [from, to] = [Math.min(first, second, length), Math.min(Math.max(first, second), length)];
        const expected = Array.from({ length: to - from }, (_, offset) => from + offset).filter(
          (index) => !added.includes(index),
        );
        expect([...filled(length, added).missing(from, to)]).toEqual(expected);
      }),
    );
  });

  it('comes back from base64 as it was', () => {
    fc.assert(
      fc.property(additions, ({ length, added }) => {
        const bitmap = filled(length, added);
        const copy = Bitmap.fromBase64(bitmap.toBase64(), length);
        expect(copy.size).toBe(bitmap.size);
        expect([...copy.missing()]).toEqual([...bitmap.missing()]);
        expect(copy.toBase64()).toBe(bitmap.toBase64());
      }),
    );
  });

  it('says whether an addition was new', () => {
    const bitmap = new Bitmap(10);
    expect(bitmap.add(9)).toBe(true);
    expect(bitmap.add(9)).toBe(false);
    expect(bitmap.size).toBe(1);
  });

  it.each([-1, 10, 1.5, Number.NaN, Number.POSITIVE_INFINITY])(
    'refuses to add %d to a set of 10 and stays as it was',
    (index) => {
      const bitmap = filled(10, [3]);
      expect(() => bitmap.add(index)).toThrow(RangeError);
      expect(bitmap.size).toBe(1);
    },
  );

  it('writes the least significant bit first', () => {
    expect(filled(16, [0, 9]).toBase64()).toBe(Buffer.from([0b1, 0b10]).toString('base64'));
  });

  it('ignores bits beyond its length and takes a short text as empty at the end', () => {
    expect(Bitmap.fromBase64(Buffer.from([0xff]).toString('base64'), 3).size).toBe(3);
    expect([...Bitmap.fromBase64(Buffer.from([0xff]).toString('base64'), 10).missing()]).toEqual([8, 9]);
  });

  it('tells how full each of its parts is, and 100 only of a full one', () => {
    expect(filled(8, [0, 1, 4, 5, 6]).shares(2)).toEqual([50, 75]);
    expect(filled(3, [1]).shares(64)).toEqual([0, 100, 0]);
    const almost = filled(
      1_000,
      Array.from({ length: 999 }, (_, index) => index),
    );
    expect(almost.shares(1)).toEqual([99]);
    expect(almost.shares(3)).toEqual([100, 100, 99]);
    expect(new Bitmap(0).shares(64)).toEqual([]);
  });

  it('is complete at once when it has no numbers', () => {
    expect(new Bitmap(0).complete).toBe(true);
    expect([...new Bitmap(0).missing()]).toEqual([]);
  });
});
