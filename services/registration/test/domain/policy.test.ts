import { expect, test } from 'vitest';
import { changedPolicy, firstPolicy } from '../../src/domain/policy.ts';

test('follows deletions and keeps the trash for 30 days until an admin says otherwise', () => {
  expect(firstPolicy).toEqual({ deletions: 'follow', trashDays: 30 });
});

test('keeps what a change does not name', () => {
  expect(changedPolicy(firstPolicy, { deletions: 'ask' })).toEqual({ deletions: 'ask', trashDays: 30 });
  expect(changedPolicy(firstPolicy, { trashDays: 0 })).toEqual({ deletions: 'follow', trashDays: 0 });
});

test.each([{ deletions: 'never' }, { trashDays: -1 }, { trashDays: 3_651 }, { trashDays: 1.5 }])('refuses %o', (changes) => {
  const [field = ''] = Object.keys(changes);
  const refusal = { code: 'REGISTRATION_SETTING_INVALID', details: { pointer: `/${field}` } };
  expect(() => changedPolicy(firstPolicy, changes)).toThrow(expect.objectContaining(refusal));
});
