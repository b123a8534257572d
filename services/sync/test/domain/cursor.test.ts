import fc from 'fast-check';
import { expect, test } from 'vitest';
import { formatCursor, parseCursor, positionOf } from '../../src/domain/cursor.ts';

const feedId = '0123456789abcdef0123456789abcdef';
const feed = { feedId, position: 7n };

test('a cursor survives being written and read', () => {
  fc.assert(
    fc.property(fc.bigInt({ min: 0n, max: 10n ** 17n }), (position) => {
      expect(parseCursor(formatCursor({ feedId, position }))).toEqual({ feedId, position });
    }),
  );
});

test('goes on after the position of its own feed', () => {
  expect(positionOf(`${feedId}.5`, feed)).toBe(5n);
  expect(positionOf(`${feedId}.7`, feed)).toBe(7n);
});

test.each([
  ['an empty cursor', ''],
  ['a cursor of another feed', 'ffffffffffffffffffffffffffffffff.5'],
  ['a cursor beyond the end', `${feedId}.8`],
  ['a cursor with a sign', `${feedId}.-1`],
  ['a cursor with more after it', `${feedId}.5 `],
  ['any other text', "'; drop table feed"],
])('%s reads from the start', (_name, text) => {
  expect(positionOf(text, feed)).toBe(0n);
});

test('no text makes a position outside the feed', () => {
  fc.assert(
    fc.property(fc.string(), (text) => {
      const position = positionOf(text, feed);
      expect(position >= 0n && position <= feed.position).toBe(true);
    }),
  );
});
