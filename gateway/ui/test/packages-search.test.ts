import { expect, test } from 'vitest';
import { unsaid } from '../src/features/packages/packages-search.ts';

test('an address that says late what was typed first is no reason to write over what was typed since', () => {
  expect(unsaid(['', 'k', 'key'], 'k')).toEqual(['k', 'key']);
  expect(unsaid(['k', 'key'], 'key')).toEqual(['key']);
  // One that is passed over, and one that was taken back.
  expect(unsaid(['', 'k', 'key'], 'key')).toEqual(['key']);
  expect(unsaid(['', 'k', ''], '')).toEqual(['']);
});

test('an address that says something else, as after Back, is what the field shows', () => {
  expect(unsaid(['', 'key'], 'fonts')).toBeUndefined();
});
