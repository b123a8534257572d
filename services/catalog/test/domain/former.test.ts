import type { PackageChange } from '@odst/contracts/catalog';
import { expect, test } from 'vitest';
import { mergeChanges } from '../../src/domain/change-merge.ts';
import { type FormerContent, formerAfter, formerOf } from '../../src/domain/former.ts';
import { headsOf } from '../../src/domain/head.ts';
import { acted, author, contentOf, letterOf, shaOf, uploaded } from '../support/records.ts';

/** What a server that hears of these one by one keeps in mind, as `Dev 1`, latest first. */
function formerOfAll(changes: readonly PackageChange[]): readonly FormerContent[] {
  let [record, former]: readonly [readonly PackageChange[], readonly FormerContent[]] = [[], []];
  for (const change of changes) {
    const next = mergeChanges(record, [change]);
    [record, former] = [next, formerAfter(former, headsOf(record), headsOf(next), change)];
  }
  return former;
}
const words = (former: readonly FormerContent[]) => former.map(({ stage, content }) => `${stage} ${letterOf(content)}`);

const one = uploaded([], author('a'), '1', 'Dev');
const two = uploaded([one], author('a', 1), '2', 'Dev');
const three = uploaded([two], author('a', 2), '3', 'Dev');

test('what a head had is kept in mind, latest first, with the stamp of what ended it', () => {
  expect(words(formerOfAll([one, two, three]))).toEqual(['Dev 2', 'Dev 1']);
  expect(formerOfAll([one, two])).toEqual([{ stage: 'Dev', content: contentOf('1'), endedAt: two.stamp }]);
});

test('a content that a head has again is no former one', () => {
  expect(words(formerOfAll([one, two, uploaded([two], author('a', 2), '1', 'Dev')]))).toEqual(['Dev 2']);
});

test('what is promoted is a former content of the head that it leaves', () => {
  expect(words(formerOfAll([one, acted([one], author('a', 1), { act: 'promote', to: 'Prod' })]))).toEqual(['Dev 1']);
});

test('both sides of a conflict are kept, and the one that was chosen is not', () => {
  const other = uploaded([one], author('b', 1), '3', 'Dev');
  const met = mergeChanges([two], [other]);
  expect(words(formerOfAll([one, two, other]))).toEqual(['Dev 1']);
  const resolved = acted(met, author('c', 2), { act: 'resolve', to: 'Dev', sha256: shaOf('2') });
  expect(words(formerOfAll([one, two, other, resolved]))).toEqual(['Dev 3', 'Dev 1']);
  const gone = acted(met, author('c', 2), { act: 'delete', to: 'Dev' });
  expect(words(formerOfAll([one, two, other, gone])).toSorted()).toEqual(['Dev 1', 'Dev 2', 'Dev 3']);
});

test('the latest twenty of each head are kept', () => {
  const content = (index: number) => ({ ...contentOf('1'), sha256: index.toString(16).padStart(64, '0') });
  const changes: PackageChange[] = [];
  for (let index = 0; index < 30; index += 1) {
    changes.push(uploaded(changes.slice(-1), author('a', index), content(index), 'Dev'));
  }
  const former = formerOfAll(changes);
  expect(former).toHaveLength(20);
  expect(former[0]?.content).toEqual(content(28));
});

test('the former content is the latest other than the present one, or the one that is named, of another head too', () => {
  const former = formerOfAll([one, two, three]);
  expect(letterOf(formerOf(former, 'Dev', '', contentOf('3')))).toBe('2');
  expect(letterOf(formerOf(former, 'Dev', '', contentOf('2')))).toBe('1');
  expect(letterOf(formerOf(former, 'Dev', shaOf('1'), undefined))).toBe('1');
  expect(formerOf(former, 'Prod', '', undefined)).toBeUndefined();
  expect(letterOf(formerOf(former, 'Prod', shaOf('1'), undefined))).toBe('1');
  expect(formerOf(former, 'Prod', shaOf('9'), undefined)).toBeUndefined();
});
