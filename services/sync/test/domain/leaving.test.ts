import { expect, test } from 'vitest';
import { holdingsSubject, packHoldings, shardOf } from '../../src/domain/holdings.ts';
import { holderOf } from '../../src/domain/leaving.ts';

const now = new Date('2026-01-01T12:00:00Z');
const before = (seconds: number) => new Date(now.getTime() - seconds * 1_000);
const sha256 = 'ab'.repeat(32);
const own = '0'.repeat(32);
const iss = '1'.repeat(32);
const statement = {
  shard: shardOf(sha256),
  stamp: 1n,
  entries: packHoldings([{ sha256, sinceMs: 1 }]),
  signature: new Uint8Array(),
};
const statements = new Map([own, iss].map((one) => [holdingsSubject(one, statement.shard), { iss: one, ...statement }]));
const leaving = { packageUuid: 'u', sha256, stages: ['Test'] as const };
const known = (
  more: {
    readonly stage?: 'Dev' | 'Test' | 'Prod';
    readonly heardAt?: Date | undefined;
    readonly iss?: string;
    readonly blocked?: boolean;
  } = {},
) => {
  const site = { iss, name: 'x', stage: 'Dev' as const, heardAt: before(10), blocked: false, ...more };
  return { ownIss: own, sites: [site], statements, now };
};

test('a content may leave because of a server that admits it, says that it holds it, and was heard of since', () => {
  expect(holderOf(leaving, known(), before(71))?.iss).toBe(iss);
  expect(holderOf(leaving, known({ stage: 'Test' }), before(71))?.iss).toBe(iss);
});

test.each([
  ['does not admit it', known({ stage: 'Prod' }), before(71)],
  ['is this one', known({ iss: own }), before(71)],
  ['was never heard of', known({ heardAt: undefined }), before(71)],
  ['is blocked here', known({ blocked: true }), before(71)],
  ['is silent', known({ heardAt: before(121) }), before(300)],
  ['was not heard of since', known(), before(5)],
  ['was heard of right after', known(), before(70)],
  ['does not say that it holds it', { ...known(), statements: new Map() }, before(71)],
] as const)('not because of one that %s', (_what, who, seenAt) => {
  expect(holderOf(leaving, who, seenAt)).toBeUndefined();
});
