import type { PackageChange } from '@odst/contracts/catalog';
import type { Stage } from '@odst/kernel';
import { describe, expect, test } from 'vitest';
import { mergeChanges } from '../../src/domain/change-merge.ts';
import { headOf, headsOf, seenOf, servedHead, standingContents } from '../../src/domain/head.ts';
import { acted, author, contentOf, headsText, letterOf, uploaded, writerOfTest } from '../support/records.ts';

const dev = uploaded([], author('a'), '1', 'Dev');
const prod = uploaded([dev], author('b', 1), '2', 'Prod');

test('nothing stands where nobody did anything', () => {
  expect(headsText([])).toBe('---');
  expect(headsOf([]).map(({ stage }) => stage)).toEqual(['Dev', 'Test', 'Prod']);
});

test('heads are independent of each other', () => {
  expect(headsText([dev, prod])).toBe('1-2');
});

test.each<[Stage, string, string]>([
  ['Dev', '1-2', '1'],
  ['Test', '1-2', '2'],
  ['Prod', '1-2', '2'],
])('a server of %s serves of %s the lowest head that it admits: %s', (stage, heads, serves) => {
  expect(headsText([dev, prod])).toBe(heads);
  expect(letterOf(servedHead(headsOf([dev, prod]), stage)?.content)).toBe(serves);
});

test('a server serves nothing of a package whose contents are all below its stage', () => {
  expect(servedHead(headsOf([dev]), 'Test')).toBeUndefined();
});

test('what a head has seen is all that stands there', () => {
  const other = uploaded([], author('c', 2), '2', 'Dev');
  expect(seenOf(headOf(headsOf([dev, other]), 'Dev'))).toEqual([
    { writer: writerOfTest('a'), stamp: dev.stamp },
    { writer: writerOfTest('c'), stamp: other.stamp },
  ]);
});

describe('a conflict', () => {
  const other = uploaded([], author('b', 5), '2', 'Dev');
  const same = uploaded([], author('b', 5), '1', 'Dev');
  const gone = acted([dev], author('c', 9), { act: 'delete' });
  const replaced = uploaded([dev], author('b', 5), '2', 'Dev');
  const away = acted([dev], author('c', 9), { act: 'promote', to: 'Prod' });
  const alsoGone = acted([dev], author('b', 5), { act: 'delete', to: 'Dev' });

  test.each<[string, readonly PackageChange[], string, string]>([
    ['two contents, the later one wins', [dev, other], '2!--', '21'],
    ['the same content twice is none', [dev, same], '1--', '1'],
    ['content and deletion, content wins though it is earlier', [replaced, gone], '2!--', '2'],
    ['content and what was emptied by the way is none', [replaced, away], '2-1', '2'],
    ['two deletions are none', [gone, alsoGone], '---', ''],
  ])('of %s', (_what, changes, heads, sides) => {
    const record = mergeChanges([], changes);
    expect(record).toHaveLength(2);
    expect(headsText(record)).toBe(heads);
    expect(
      standingContents(headOf(headsOf(record), 'Dev'))
        .map(letterOf)
        .join(''),
    ).toBe(sides);
  });

  test('is none between a content without a manifest and itself, and is one between two manifests of it', () => {
    const { sha256 } = contentOf('1');
    const manifest = (digest: string) => uploaded([], author('b', 5), { ...contentOf('1'), manifestDigest: digest }, 'Dev');
    expect(headsText([dev, manifest('')])).toBe('1--');
    expect(headsText([dev, manifest('f'.repeat(64))])).toBe('1!--');
    expect(standingContents(headOf(headsOf([dev, manifest('f'.repeat(64))]), 'Dev')).map((one) => one.sha256)).toEqual([
      sha256,
      sha256,
    ]);
  });
});
