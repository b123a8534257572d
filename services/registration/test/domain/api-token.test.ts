import { givenDecider } from '@odst/event-store/contract';
import { type Stage, stages } from '@odst/kernel';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type ApiTokenEvent, apiTokenDecider, type IssueToken, rightOf } from '../../src/domain/api-token.ts';
import { covers, roles, stagesFor } from '../../src/domain/roles.ts';

const given = givenDecider(apiTokenDecider);
const now = new Date('2026-03-01T12:00:00Z');
const issue: IssueToken = {
  type: 'IssueToken',
  tokenId: 't1',
  name: 'ci',
  username: 'eva',
  accountId: 'a1',
  role: 'uploader',
  stages: ['Dev'],
  expiresAt: new Date('2026-06-01T00:00:00Z'),
  secretId: 's1',
};
const { type: _type, stages: _stages, ...data } = issue;
const issued: ApiTokenEvent = { type: 'ApiTokenIssued', data: { ...data, stages: ['Dev'] } };
const owner = { accountId: 'a1', role: 'admin', stages } as const;

describe('an API token', () => {
  test('is issued and revoked once', () => {
    given([]).when(issue).then([issued]);
    const revoked: ApiTokenEvent = { type: 'ApiTokenRevoked', data: { tokenId: 't1', name: 'ci', username: 'eva' } };
    given([issued]).when({ type: 'RevokeToken', tokenId: 't1' }).then([revoked]);
    given([issued, revoked]).when({ type: 'RevokeToken', tokenId: 't1' }).thenRefused('REGISTRATION_TOKEN_UNKNOWN');
  });

  const token = apiTokenDecider.evolve(undefined, issued);
  const rightAt = (at: Date, of: Parameters<typeof rightOf>[1]) => (token === undefined ? undefined : rightOf(token, of, at));

  test('opens until its time, to the millisecond', () => {
    expect(rightAt(new Date('2026-05-31T23:59:59.999Z'), owner)).toEqual({ role: 'uploader', stages: ['Dev'] });
    expect(rightAt(new Date('2026-06-01T00:00:00Z'), owner)).toBeUndefined();
  });

  test('opens nothing once its owner is gone, nor for another account of that name', () => {
    expect(rightAt(now, undefined)).toBeUndefined();
    expect(rightAt(now, { ...owner, accountId: 'a2' })).toBeUndefined();
  });

  test('never does more than its owner may now, or than it was issued for', () => {
    const right = fc.record({ role: fc.constantFrom(...roles), stages: fc.subarray<Stage>([...stages]) });
    const action = fc.constantFrom('packages:read', 'packages:upload', 'packages:change', 'accounts:change');
    fc.assert(
      fc.property(right, right, action, (ofToken, ofOwner, what) => {
        const known = { ...data, ...ofToken };
        const allowed = rightOf(known, { ...ofOwner, accountId: 'a1' }, now);
        if (allowed === undefined) throw new Error('it opens nothing');
        expect(covers(ofToken, allowed)).toBe(true);
        expect(covers(ofOwner, allowed)).toBe(true);
        for (const stage of stagesFor(allowed, what)) {
          expect(stagesFor(ofToken, what)).toContain(stage);
          expect(stagesFor(ofOwner, what)).toContain(stage);
        }
      }),
    );
  });
});
