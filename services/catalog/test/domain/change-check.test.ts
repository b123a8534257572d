import { type HeadSetting, type PackageChange, recordOfChanges } from '@odst/contracts/catalog';
import { isOdstError } from '@odst/kernel';
import { describe, expect, test } from 'vitest';
import { changeFault, checkRecord } from '../../src/domain/change-check.ts';
import { packageUuid } from '../../src/domain/package-identity.ts';
import { acted, author, contentOf, unsealed, uploaded, writerOfTest } from '../support/records.ts';

const first = uploaded([], author('a'), '1', 'Test');
const good = acted([first], author('b', 1), { act: 'promote', to: 'Prod' });
const record = recordOfChanges([good]);
const setting: HeadSetting = { stage: 'Prod', content: contentOf('1'), byTheWay: false, seen: [] };
const names = (count: number) =>
  Array.from({ length: count }, (_, index) => ({
    writer: `${index.toString(16).padStart(32, '0')}.${'0'.repeat(16)}`,
    stamp: 1n,
  }));

/** The change with something else in its only head. */
const sets = (...changed: readonly Partial<HeadSetting>[]) => ({ sets: changed.map((one) => ({ ...setting, ...one })) });
const content = (changed: Partial<ReturnType<typeof contentOf>>) => sets({ content: { ...contentOf('1'), ...changed } });

describe('a change', () => {
  test('passes as servers make it, with 500 names in its vector too', () => {
    for (const change of [
      first,
      good,
      acted([first], author('b', 1), { act: 'delete' }),
      { ...good, ...sets({ seen: names(500) }) },
    ]) {
      expect(changeFault(change)).toBeUndefined();
    }
  });

  test.each<[string, Partial<PackageChange>, string]>([
    ['of an unknown act', { act: 'rename' }, 'the act "rename" is unknown'],
    ['of no server', { iss: 'b' }, 'who wrote it'],
    ['of no epoch', { epoch: 'B'.repeat(16) }, 'who wrote it'],
    ['without a stamp', { stamp: 0n }, 'stamp is out of range'],
    ['with a stamp after 2^62', { stamp: 2n ** 62n + 1n }, 'stamp is out of range'],
    ['with a long actor', { actor: 'x'.repeat(201) }, 'too long'],
    ['with a long reason', { reason: 'x'.repeat(1_001) }, 'too long'],
    ['with a date that is none', { datedAt: new Date(Number.NaN) }, 'its date is no time'],
    ['whose content has no date', { datedAt: undefined }, 'its content has no date'],
    ['from a stage that is none', { from: 'prod' }, 'comes from no stage'],
    ['that sets nothing', { sets: [] }, 'sets no head'],
    ['that sets a stage that is none', sets({ stage: 'prod' }), 'sets no head'],
    ['with stages out of order', sets({ stage: 'Prod' }, { stage: 'Dev' }), 'out of order'],
    ['with a stage twice', sets({}, {}), 'out of order'],
    ['with content by the way', sets({ byTheWay: true }), 'not set by the way'],
    ['with a short digest', content({ sha256: 'abc' }), 'sha256'],
    ['with an upper case digest', content({ sha256: 'A'.repeat(64) }), 'sha256'],
    ['with a broken sha1', content({ sha1: '' }), 'sha1'],
    ['that is not sealed yet', { sets: unsealed(good).sets }, 'manifest digest'],
    ['of no bytes', content({ sizeBytes: 0n }), 'the size'],
    ['of negative size', content({ sizeBytes: -1n }), 'the size'],
    ['larger than numbers reach', content({ sizeBytes: 2n ** 53n }), 'the size'],
    ['with 501 names', sets({ seen: names(501) }), 'more than 500 entries'],
    ['with 1,000 names', sets({ seen: names(1_000) }), 'more than 500 entries'],
    ['that names a server instead of a writer', sets({ seen: [{ writer: 'b'.repeat(32), stamp: 1n }] }), 'names something else'],
    ['with an entry after 2^62', sets({ seen: [{ writer: writerOfTest('a'), stamp: 2n ** 62n + 1n }] }), 'out of range'],
    ['with an entry of 0', sets({ seen: [{ writer: writerOfTest('a'), stamp: 0n }] }), 'out of range'],
    ['with names out of order', sets({ seen: names(2).toReversed() }), 'not ascending'],
    ['with a name twice', sets({ seen: [...names(1), ...names(1)] }), 'not ascending'],
    [
      'that has seen itself',
      sets({ seen: [{ writer: writerOfTest('b'), stamp: good.stamp }] }),
      'later changes of its own writer',
    ],
    ['without a signature', { signature: new Uint8Array(63) }, '64 bytes'],
  ])('is refused %s', (_what, changed, reason) => {
    expect(changeFault({ ...good, ...changed })).toContain(reason);
  });
});

describe('a change that says one thing and does another', () => {
  const nothing = { content: undefined };
  const byTheWay = { content: undefined, byTheWay: true };
  const doing = (act: string, from: string, ...changed: readonly Partial<HeadSetting>[]) =>
    changeFault({ ...good, act, from, ...sets(...changed) });

  test.each<[string, string, readonly Partial<HeadSetting>[]]>([
    ['upload', '', [{ stage: 'Dev' }]],
    ['replace', '', [{ stage: 'Dev', ...byTheWay }, { stage: 'Test', ...byTheWay }, {}]],
    ['promote', 'Dev', [{ stage: 'Test', ...byTheWay }, {}]],
    ['demote', 'Prod', [{ stage: 'Dev' }, nothing]],
    ['delete', '', [nothing]],
    ['delete', '', [{ stage: 'Dev', ...nothing }, { stage: 'Test', ...nothing }, nothing]],
    ['restore', '', [{ stage: 'Dev' }, {}]],
    ['rollback', '', [{}]],
    ['resolve', '', [{}]],
    ['resolve', '', [nothing]],
  ])('is none as %s from %j of %j', (act, from, changed) => {
    expect(doing(act, from, ...changed)).toBeUndefined();
  });

  test.each<[string, string, readonly Partial<HeadSetting>[]]>([
    ['upload', '', [nothing]],
    ['upload', 'Dev', [{}]],
    ['upload', '', [{ stage: 'Dev' }, {}]],
    ['upload', '', [{ stage: 'Dev', ...nothing }, {}]],
    ['replace', '', [{ stage: 'Dev' }, byTheWay]],
    ['promote', '', [{}]],
    ['promote', 'Prod', [{}]],
    ['promote', 'Dev', [nothing]],
    ['demote', 'Prod', [{ stage: 'Dev' }]],
    ['demote', 'Test', [{ stage: 'Dev' }, nothing]],
    ['demote', 'Prod', [{ stage: 'Dev' }, byTheWay]],
    ['demote', 'Dev', [{ stage: 'Dev', ...nothing }, {}]],
    ['delete', '', [{}]],
    ['delete', '', [byTheWay]],
    ['restore', '', [{ stage: 'Dev' }, nothing]],
    ['rollback', '', [{ stage: 'Dev' }, {}]],
    ['resolve', '', [{ stage: 'Dev' }, {}]],
    ['resolve', '', [byTheWay]],
  ])('is refused as %s from %j of %j', (act, from, changed) => {
    expect(doing(act, from, ...changed)).toBe(`it does something else than ${act}`);
  });
});

describe('a record', () => {
  const refused = (changed: Partial<typeof record>) => {
    try {
      checkRecord({ ...record, ...changed });
    } catch (error) {
      if (isOdstError(error, 'CATALOG_RECORD_INVALID')) return error.message;
      throw error;
    }
    return undefined;
  };

  test('passes with up to 1,000 changes', () => {
    const [one] = record.changes;
    if (one === undefined) throw new RangeError('one change');
    expect(refused({ changes: Array.from({ length: 1_000 }, () => one) })).toBeUndefined();
    expect(refused({ changes: Array.from({ length: 1_001 }, () => one) })).toContain('1 to 1000 changes');
    expect(refused({ changes: [] })).toContain('1 to 1000 changes');
  });

  test.each([
    ['of another name', 'Other.pkg', 'not that of the file name'],
    ['with a path in its name', '../NoMAD.pkg', '/'],
    ['without a name', '', 'empty'],
    ['whose name is not in NFC', 'Größe.pkg'.normalize('NFD'), 'not in NFC'],
  ])('is refused %s', (_what, filename, reason) => {
    expect(refused({ filename })).toContain(reason);
  });

  test.each([
    ['No\u200bMAD.pkg', 'U+200B at position 3'],
    ['NoMAD\u202egkp.pkg', 'U+202E at position 6'],
    ['caf\ufffd.pkg', 'U+FFFD at position 4'],
    ['.DS_Store', "Mac's side file"],
  ])('is refused under a name that no server would take from an upload: %j', (filename, why) => {
    expect(refused({ filename, uuid: packageUuid(filename) })).toContain(why);
  });
});
