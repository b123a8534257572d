import { expect, test } from 'vitest';
import { parsePosition, writePosition } from '../../src/http/http-position.ts';

test('a position is read as it was written', () => {
  for (const position of [{ after: '7' }, { after: '00000000000000000009', seen: { number: '7', id: 'a-b' } }]) {
    expect(parsePosition(writePosition(position))).toEqual(position);
  }
  expect(writePosition({ after: '7', seen: { number: '7', id: 'with space' } })).toBe('7');
});

test.each(['', 'x', '7 8', '-1', '7  8 a', '1'.repeat(21)])('%o is no position', (text) => {
  expect(() => parsePosition(text)).toThrow('no position');
});
