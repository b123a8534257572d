import { describe, expect, test } from 'vitest';
import { packAnySettings, packSettings, unpackAnySettings, unpackSettings } from '../../src/catalog/package-change.ts';
import {
  changesOfRecord,
  type HeadSetting,
  type PackageChange,
  recordOfChanges,
  type VersionEntry,
} from '../../src/services/catalog.ts';

const writer = (letter: string) => `${letter.repeat(32)}.${letter.repeat(16)}`;
const head = (stage: string, ...seen: readonly VersionEntry[]): HeadSetting => ({
  stage,
  content: undefined,
  byTheWay: false,
  seen,
});
const entry = (letter: string, stamp: bigint) => ({ writer: writer(letter), stamp });
const ascending = (count: number) =>
  Array.from({ length: count }, (_, index) => ({
    writer: `${'0'.repeat(32)}.${index.toString(16).padStart(16, '0')}`,
    stamp: BigInt(index + 1),
  }));

describe('the vectors of a change', () => {
  test('are packed as the protos say, to the byte', () => {
    const { writers, sets } = packSettings([
      head('Dev', entry('b', 0x0102030405060708n)),
      head('Test'),
      head('Prod', entry('a', 1n), entry('b', 2n)),
    ]);
    expect(Buffer.from(writers).toString('hex')).toBe('a'.repeat(48) + 'b'.repeat(48));
    expect(sets.map(({ seen }) => Buffer.from(seen).toString('hex'))).toEqual([
      '400102030405060708',
      '',
      'c000000000000000010000000000000002',
    ]);
  });

  test.each([0, 1, 7, 8, 9, 64, 500])('of %i names are read as they were written', (count) => {
    const all = ascending(count);
    const sets = [head('Dev', ...all), head('Test', ...all.filter((_, index) => index % 3 === 1)), head('Prod')];
    expect(unpackSettings(packSettings(sets))).toEqual(sets);
  });

  test.each([
    ['out of order', [entry('b', 1n), entry('a', 1n)]],
    ['with a name twice', [entry('a', 1n), entry('a', 1n)]],
    ['of no writer', [{ writer: 'a'.repeat(32), stamp: 1n }]],
    ['with a stamp beyond 64 bits', [entry('a', 2n ** 64n)]],
    ['with a negative stamp', [entry('a', -1n)]],
  ])('%s are written nowhere; in a record that somebody forges they are told and cannot be read', (_what, seen) => {
    expect(() => packSettings([head('Prod', ...seen)])).toThrow(RangeError);
    const forged = packAnySettings([head('Dev', entry('a', 1n)), head('Prod', ...seen)]);
    expect(unpackSettings(forged)).toBeUndefined();
  });

  const good = packSettings([head('Prod', entry('a', 1n), entry('b', 2n))]);
  const seenOf = (...bytes: readonly number[]) => ({ ...good, sets: [{ ...head('Prod'), seen: new Uint8Array(bytes) }] });
  const stamp = [0, 0, 0, 0, 0, 0, 0, 1];
  test.each<[string, typeof good]>([
    ['whose writers are cut off', { ...good, writers: good.writers.subarray(1) }],
    ['that name more writers than there are', { ...good, writers: good.writers.subarray(24) }],
    ['with a writer that none names', seenOf(0x80, ...stamp)],
    ['with a bit too many', seenOf(0xe0, ...stamp, ...stamp, ...stamp)],
    ['with a stamp too few', seenOf(0xc0, ...stamp)],
    ['with a stamp too many', seenOf(0xc0, ...stamp, ...stamp, ...stamp)],
    ['that are cut off', seenOf(0xc0, ...stamp, ...stamp.slice(1))],
    ['with bits and nothing else', seenOf(0xc0)],
    ['of nobody, in more than no bytes', { ...seenOf(0), writers: new Uint8Array() }],
  ])('%s cannot be read', (_what, packed) => {
    expect(unpackSettings(packed)).toBeUndefined();
    expect(unpackAnySettings(packed)).toEqual([head('Prod', { writer: '', stamp: 0n })]);
  });
});

test('a record with one body that cannot be read has its other changes', () => {
  const change = (letter: string): PackageChange => ({
    ...{ uuid: 'c'.repeat(32), filename: 'a.pkg', act: 'delete', reason: letter, from: '', sets: [head('Prod', entry('a', 1n))] },
    ...{
      iss: letter.repeat(32),
      epoch: letter.repeat(16),
      stamp: 2n,
      actor: '',
      datedAt: undefined,
      signature: new Uint8Array(64),
    },
  });
  const record = recordOfChanges([change('d'), change('e')]);
  const bodies = record.bodies.map((body, index) => (index === 0 ? { ...body, writers: new Uint8Array(23) } : body));
  const [spoilt, ...others] = changesOfRecord({ ...record, bodies });
  expect(spoilt).toEqual({ ...change('d'), sets: [head('Prod', { writer: '', stamp: 0n })] });
  expect(others).toEqual([change('e')]);
});
