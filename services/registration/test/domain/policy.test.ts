import { expect, test } from 'vitest';
import { changedPolicy, firstPolicy, policyDecider } from '../../src/domain/policy.ts';

const iss = 'a'.repeat(32);

test('follows deletions and keeps the trash for 30 days until an admin says otherwise', () => {
  expect(policyDecider.initialState()).toEqual({ deletions: 'follow', trashDays: 30 });
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

test('tells a change once, and comes to it from its event', () => {
  const policy = { deletions: 'ask', trashDays: 7 } as const;
  const events = policyDecider.decide({ type: 'ChangePolicy', iss, policy }, firstPolicy);
  expect(events).toEqual([{ type: 'ServerPolicyChanged', data: { iss, ...policy } }]);
  expect(events.reduce(policyDecider.evolve, firstPolicy)).toEqual(policy);
  expect(policyDecider.decide({ type: 'ChangePolicy', iss, policy }, policy)).toEqual([]);
});
