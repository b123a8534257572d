import { expect, test } from 'vitest';
import { sealingChanges } from '../../src/domain/record-change.ts';
import { changesOf, isSameState, mergeRecords, offer, sealRecord } from '../../src/domain/record-merge.ts';
import { isSealOf, isUnsealed } from '../../src/domain/sealing.ts';
import { author, contentOf, firstChange, issOf, replaced, staged, unsealed } from '../support/records.ts';

const sealed = firstChange(author('a', 1), '1', 'Prod');
const open = unsealed(sealed);
const content = contentOf('1');
const theirs = firstChange(author('b'), '1', 'Prod');

test('a change is unsealed until it has its manifest, and only its own completion seals it', () => {
  expect([isUnsealed(open), isUnsealed(sealed)]).toEqual([true, false]);
  expect(isSealOf(sealed, open)).toBe(true);
  expect(isSealOf(open, open)).toBe(false);
  expect(isSealOf(sealed, sealed)).toBe(false);
  expect(isSealOf({ ...sealed, stage: 'Test' }, open)).toBe(false);
  expect(isSealOf(theirs, open)).toBe(false);
});

test('what is to be sealed are the own changes of the content, standing and concurrent, with nothing else changed', () => {
  const { signature: _signature, ...completed } = sealed;
  expect(sealingChanges(open, content, author('a'))).toEqual([completed]);
  const other = replaced(theirs, author('b', 2), '2', 'Prod');
  const met = mergeRecords(open, other);
  expect(met).toMatchObject({ sha256: other.sha256, concurrent: [open] });
  expect(sealingChanges(met, content, author('a'))).toEqual([completed]);
  expect(sealingChanges(open, content, author('c'))).toEqual([]);
  expect(sealingChanges(open, contentOf('2'), author('a'))).toEqual([]);
  expect(sealingChanges(sealed, content, author('a'))).toEqual([]);
});

test('a seal that comes after another change of its server is passed over', () => {
  const next = unsealed(staged(open, author('a', 2), 'Dev'));
  expect(sealRecord(next, [sealed])).toBe(next);
});

test("a peer's equal content is no conflict, whether or not the own manifest is made", () => {
  expect(isSameState(open, theirs)).toBe(true);
  expect(offer(open, theirs)).toMatchObject({ outcome: 'merged', losers: [] });
  expect(offer(open, theirs).outcome).toBe(offer(sealed, theirs).outcome);
  expect(isSameState(open, { ...theirs, stage: 'Dev' })).toBe(false);
  expect(isSameState(open, { ...theirs, sha256: contentOf('2').sha256 })).toBe(false);
});

test('an unsealed change gives way to its sealed form that comes back from a peer', () => {
  const merged = offer(open, mergeRecords(sealed, theirs));
  expect(changesOf(merged.record).map(({ changedBy }) => changedBy)).toEqual([issOf('a'), issOf('b')]);
  expect(changesOf(merged.record).some(isUnsealed)).toBe(false);
  expect(offer(sealed, open)).toMatchObject({ outcome: 'ignored', record: sealed });
});
