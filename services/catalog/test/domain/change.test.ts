import { expect, test } from 'vitest';
import {
  canonicalBytes,
  canonicalText,
  changedAt,
  contentsOf,
  highestStage,
  settingOf,
  vectorOf,
} from '../../src/domain/change.ts';
import { acted, author, contentOf, issOf, uploaded, writerOfTest } from '../support/records.ts';

const first = uploaded([], author('a'), '1', 'Dev', 'Größe "1".pkg');
const promoted = acted([first], author('b', 1), { act: 'promote', to: 'Prod' });
const content = `["${'1'.repeat(64)}","${'1'.repeat(40)}","3000000","1${'0'.repeat(63)}"]`;

// Servers of all versions must make these very bytes, or they refuse each other's changes.
const golden = [
  '["odst.change.v1"',
  '"53e317293f505b479af8364055576d47"',
  '"NoMAD.pkg"',
  '"promote"',
  '"Dev"',
  `[["Dev",null,true,[["${writerOfTest('a')}","115816896921600000"]]],["Prod",${content},false,[]]]`,
  `"${'b'.repeat(32)}"`,
  `"${'b'.repeat(16)}"`,
  '"115816900853760000"',
  '"account:admin"',
  '"tried for a week"',
  '"2026-01-01T00:00:00.000Z"]',
].join(',');

test('the canonical bytes of a change are the ones of every version', () => {
  expect(new TextDecoder().decode(canonicalBytes({ ...promoted, reason: 'tried for a week' }))).toBe(golden);
  expect(canonicalText(first)).toContain('"Größe \\"1\\".pkg","upload","",[["Dev",');
});

test('the canonical text says all but the signature', () => {
  expect(canonicalText({ ...promoted, signature: new Uint8Array(64) } as typeof promoted)).toBe(canonicalText(promoted));
  const [setting] = promoted.sets;
  if (setting === undefined) throw new RangeError('a promotion sets a head');
  const others: readonly (typeof promoted)[] = [
    { ...promoted, uuid: '0'.repeat(32) },
    { ...promoted, filename: 'x' },
    { ...promoted, act: 'replace' },
    { ...promoted, from: 'Test' },
    { ...promoted, iss: issOf('c') },
    { ...promoted, epoch: 'c' },
    { ...promoted, stamp: 1n },
    { ...promoted, actor: 'x' },
    { ...promoted, reason: 'x' },
    { ...promoted, datedAt: undefined },
    { ...promoted, sets: [{ ...setting, byTheWay: false }] },
    { ...promoted, sets: [{ ...setting, seen: [] }] },
    { ...promoted, sets: [{ ...setting, content: contentOf('1') }] },
    { ...promoted, sets: [{ ...setting, content: { ...contentOf('1'), manifestDigest: '' } }] },
  ];
  expect(new Set([promoted, ...others].map(canonicalText)).size).toBe(others.length + 1);
});

test('a change names its heads, what it has seen in each, and its contents once', () => {
  const dev = settingOf(promoted, 'Dev');
  expect(settingOf(promoted, 'Test')).toBeUndefined();
  expect(dev).toMatchObject({ content: undefined, byTheWay: true });
  expect(dev && vectorOf(promoted, dev)).toEqual([
    { writer: writerOfTest('a'), stamp: first.stamp },
    { writer: writerOfTest('b'), stamp: promoted.stamp },
  ]);
  expect(contentsOf(promoted)).toEqual([contentOf('1')]);
  expect([highestStage(first), highestStage(promoted)]).toEqual(['Dev', 'Prod']);
  expect(() => highestStage({ sets: [] })).toThrow(RangeError);
});

test('the stamp tells when a change was made, whatever its counter', () => {
  expect(changedAt(promoted)).toEqual(author('b', 1).now);
  expect(changedAt({ stamp: promoted.stamp + 65_535n })).toEqual(author('b', 1).now);
});
