import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { decodeProgress, encodeProgress } from '../src/partition-progress.ts';

describe('the progress beside an offset', () => {
  test('is read as it was written', () => {
    const positions = fc.uniqueArray(fc.bigInt({ min: 1n, max: 10_000_000_000n }), { maxLength: 200 });
    fc.assert(
      fc.property(fc.bigInt({ min: 0n, max: 2n ** 63n - 1n }), positions, (position, list) => {
        const progress = { position, waiting: list.sort((a, b) => Number(a - b)) };
        expect(decodeProgress(encodeProgress(progress) ?? '')).toEqual(progress);
      }),
    );
  });

  test('of ten thousand neighbours is short', () => {
    const waiting = Array.from({ length: 10_000 }, (_, index) => 5_000_000n + BigInt(index));
    const text = encodeProgress({ position: 6_000_000n, waiting }) ?? '';
    expect(text.length).toBeLessThan(40);
    expect(decodeProgress(text)?.waiting).toEqual(waiting);
  });

  test('is not written when it would be longer than brokers take', () => {
    let position = 0n;
    const waiting = Array.from({ length: 3_000 }, (_, index) => (position += 100n + BigInt(index)));
    expect(encodeProgress({ position, waiting })).toBeUndefined();
  });

  test('is none where an operator or another program wrote', () => {
    for (const metadata of [null, '', 'x', 'odst1;', 'odst2;1;', 'odst1;1;A']) expect(decodeProgress(metadata)).toBeUndefined();
  });
});
