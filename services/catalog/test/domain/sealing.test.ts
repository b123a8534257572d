import { expect, test } from 'vitest';
import { mergeChanges } from '../../src/domain/change-merge.ts';
import { isSealOf, isUnsealed, sealingChanges, unsealedContents } from '../../src/domain/sealing.ts';
import { acted, author, contentOf, headsText, issOf, signed, unsealed, unsealedContent, uploaded } from '../support/records.ts';

const sealed = uploaded([], author('a', 1), '1', 'Prod');
const open = unsealed(sealed);
const content = contentOf('1');
const { signature: _signature, ...completed } = sealed;
const theirs = uploaded([], author('b'), '1', 'Prod');

test('a change is unsealed until it has its manifest, and only its own completion seals it', () => {
  expect([isUnsealed(open), isUnsealed(sealed)]).toEqual([true, false]);
  expect([unsealedContents([open, sealed, open]), unsealedContents([sealed])]).toEqual([[content.sha256], []]);
  expect(isSealOf(sealed, open)).toBe(true);
  expect(isSealOf(open, open)).toBe(false);
  expect(isSealOf(sealed, sealed)).toBe(false);
  expect(isSealOf({ ...sealed, reason: 'x' }, open)).toBe(false);
  expect(isSealOf(theirs, open)).toBe(false);
});

test('what is to be sealed are the own changes of the content, with nothing else changed', () => {
  expect(sealingChanges([open], content, issOf('a'))).toEqual([completed]);
  const other = uploaded([theirs], author('b', 2), '2', 'Prod');
  expect(sealingChanges(mergeChanges([open], [other]), content, issOf('a'))).toEqual([completed]);
  expect(sealingChanges([open], content, issOf('c'))).toEqual([]);
  expect(sealingChanges([open], contentOf('2'), issOf('a'))).toEqual([]);
  expect(sealingChanges([sealed], content, issOf('a'))).toEqual([]);
});

test('what is promoted before its manifest is made is unsealed too, and sealed with it', () => {
  const dev = uploaded([], author('a'), unsealedContent('1'), 'Dev');
  const promoted = acted([dev], author('a', 1), { act: 'promote', to: 'Prod' });
  expect(isUnsealed(promoted)).toBe(true);
  const [seal] = sealingChanges([promoted], content, issOf('a'));
  expect(seal?.sets.map((set) => set.content?.manifestDigest)).toEqual([undefined, content.manifestDigest]);
  expect(mergeChanges([promoted], seal ? [signed(seal)] : [])).toEqual([{ ...seal, signature: expect.anything() }]);
});

test('a seal that comes after another change of the head is passed over', () => {
  const next = uploaded([open], author('a', 2), '2', 'Prod');
  expect(mergeChanges([next], [sealed])).toEqual([next]);
});

test("a peer's equal content is no conflict, whether or not the own manifest is made", () => {
  expect([headsText(mergeChanges([open], [theirs])), headsText(mergeChanges([sealed], [theirs]))]).toEqual(['--1', '--1']);
  expect(mergeChanges(mergeChanges([open], [theirs]), [sealed])).toEqual(mergeChanges([sealed], [theirs]));
});
