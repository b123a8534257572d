import fc from 'fast-check';
import { expect, test } from 'vitest';
import { contains, latestKey, numberKey, pageOf } from '../src/pages.ts';

const walk = (list: readonly string[], limit: number) => {
  const seen: string[] = [];
  for (let after: string | undefined; ; ) {
    const { items, next } = pageOf('names', list, { limit, after }, (name) => name);
    seen.push(...items);
    if (next === null) return seen;
    after = next;
  }
};

test('pages show each item once, in order, whatever their size', () => {
  fc.assert(
    fc.property(fc.uniqueArray(fc.string()), fc.integer({ min: 1, max: 7 }), (list, limit) => {
      expect(walk(list, limit)).toEqual(list.toSorted((one, other) => (one < other ? -1 : 1)));
    }),
  );
});

test('what comes and goes moves nothing to another page', () => {
  const first = pageOf('names', ['b', 'd', 'f'], { limit: 2 }, (name) => name);
  expect(first.items).toEqual(['b', 'd']);
  const next = pageOf('names', ['a', 'b', 'c', 'e', 'f'], { limit: 2, after: first.next ?? '' }, (name) => name);
  expect(next).toEqual({ items: ['e', 'f'], next: null });
});

test.each(['', 'x', 'bnVsbA', Buffer.from('["others","b"]').toString('base64url')])('%j is no cursor', (after) => {
  const refused = () => pageOf('names', ['a'], { limit: 1, after }, (name) => name);
  expect(refused).toThrow(expect.objectContaining({ code: 'COMMON_REQUEST_INVALID', details: { pointer: '/after' } }));
});

test('numbers and times are keys in their order', () => {
  expect([9, 10, 2].map(numberKey).toSorted()).toEqual([2, 9, 10].map(numberKey));
  const [early, late] = [new Date(1), new Date(2_000_000_000_000)];
  expect([early, late].map(latestKey).toSorted()).toEqual([late, early].map(latestKey));
});

test('a search finds without regard to case and accents', () => {
  expect(contains('ZURUCK', ['x', 'zurück 1.pkg'])).toBe(true);
  expect(contains('zurück', ['Zuruck'])).toBe(true);
  expect(contains('y', ['x'])).toBe(false);
  expect(contains(undefined, [])).toBe(true);
});
