import type { PackageChange } from '@odst/contracts/catalog';
import type { Stage } from '@odst/kernel';
import { describe, expect, test } from 'vitest';
import { type JudgedBy, judgeChange, overBound, type Signer } from '../../src/domain/acceptance.ts';
import { mergeChanges } from '../../src/domain/change-merge.ts';
import { acted, author, epochOf, headsText, issOf, signed, uploaded, writerOfTest } from '../support/records.ts';

const signer = (stageCap: Stage = 'Prod', isBlocked = false): Signer => ({ publicKey: new Uint8Array(32), isBlocked, stageCap });
const judgedBy = (changed: Partial<JudgedBy> = {}): JudgedBy => ({
  signers: new Map(['a', 'b', 'c'].map((letter) => [issOf(letter), signer()])),
  holds: (_signer, { signature }) => signature[0] === 7,
  writers: new Map(),
  now: author('a', 10).now,
  own: { iss: issOf('a'), epoch: epochOf('a'), lastStamp: 0n },
  ...changed,
});
const first = uploaded([], author('b'), '1', 'Dev');
const later = uploaded([first], author('c', 1), '2', 'Dev');
const seen = (writer: string, stamp: bigint): PackageChange => ({
  ...later,
  sets: later.sets.map((set) => ({ ...set, seen: [{ writer, stamp }] })),
});
const day = 24n * 3_600_000n * 65_536n;
const now = BigInt(author('a', 10).now.getTime()) * 65_536n;

describe('a change that a peer tells', () => {
  test('is taken in where nothing speaks against it', () => {
    expect(judgeChange(first, judgedBy())).toBeUndefined();
    expect(judgeChange(later, judgedBy())).toBeUndefined();
    expect(judgeChange({ ...first, stamp: now + day }, judgedBy())).toBeUndefined();
  });

  const capped = new Map([[issOf('b'), signer('Test')]]);
  test.each<[string, PackageChange, Partial<JudgedBy>, string, boolean]>([
    ['that is malformed', { ...first, act: 'x' }, {}, 'CATALOG_CHANGE_INVALID', true],
    ['of an unknown signer', first, { signers: new Map() }, 'CATALOG_CHANGE_SIGNER_UNKNOWN', false],
    ['with a forged signature', { ...first, signature: new Uint8Array(64) }, {}, 'CATALOG_CHANGE_INVALID', true],
    [
      'of a blocked one',
      first,
      { signers: new Map([[issOf('b'), signer('Prod', true)]]) },
      'CATALOG_CHANGE_SIGNER_BLOCKED',
      false,
    ],
    ['over 24 h ahead', { ...first, stamp: now + day + 1n }, {}, 'CATALOG_CHANGE_AHEAD', false],
    ['of the stamp 2^62', { ...first, stamp: 2n ** 62n }, {}, 'CATALOG_CHANGE_AHEAD', false],
    ['that has seen something over 24 h ahead', seen(writerOfTest('b'), 2n ** 62n), {}, 'CATALOG_CHANGE_AHEAD', false],
    ['that names an unknown writer', seen(writerOfTest('d'), 1n), {}, 'CATALOG_CHANGE_WRITER_UNKNOWN', false],
    ['that names more of this server than it wrote', seen(writerOfTest('a'), 1n), {}, 'CATALOG_CHANGE_WRITER_UNKNOWN', false],
    ['above the cap', uploaded([], author('b'), '1', 'Prod'), { signers: capped }, 'CATALOG_CHANGE_ABOVE_CAP', false],
  ])('is held back %s', (_what, change, by, code, isFinal) => {
    expect(judgeChange(change, judgedBy(by))).toMatchObject({ code, isFinal });
  });

  test('may name what this server wrote, and anything of an earlier start of it', () => {
    const own = { iss: issOf('a'), epoch: epochOf('a'), lastStamp: 5n };
    expect(judgeChange(seen(writerOfTest('a'), 5n), judgedBy({ own }))).toBeUndefined();
    expect(judgeChange(seen(writerOfTest('a'), 6n), judgedBy({ own }))).toMatchObject({ code: 'CATALOG_CHANGE_WRITER_UNKNOWN' });
    expect(judgeChange(seen(writerOfTest('a', 'e'), 6n), judgedBy({ own }))).toBeUndefined();
  });

  describe('that has seen more of a server than that, by its word, has written', () => {
    const minutes = (count: number) => now + BigInt(count) * 60_000n * 65_536n;
    const said = { iss: issOf('b'), epoch: epochOf('b'), lastStamp: minutes(5), floor: minutes(-60) };
    const judged = (writer: string, stamp: bigint, by: Partial<JudgedBy> = {}) =>
      judgeChange(seen(writer, stamp), judgedBy({ writers: new Map([[said.iss, said]]), ...by }))?.code;

    test.each([
      ['its last change', writerOfTest('b'), minutes(5), undefined],
      ['a later one', writerOfTest('b'), minutes(5) + 1n, 'CATALOG_CHANGE_UNWRITTEN'],
      ['one of another start, from before this one', writerOfTest('b', 'e'), minutes(-60), undefined],
      ['one of a start that nothing is known of yet', writerOfTest('b', 'e'), minutes(-60) + 1n, 'CATALOG_CHANGE_UNWRITTEN'],
      ['one of a server that has said nothing', writerOfTest('c', 'e'), minutes(7), undefined],
    ])('is judged by what it names: %s', (_what, writer, stamp, code) => {
      expect(judged(writer, stamp)).toBe(code);
    });

    test('is taken in where that server signed it itself', () => {
      const own = { ...seen(writerOfTest('b', 'e'), minutes(6)), iss: issOf('b'), epoch: epochOf('b'), stamp: minutes(7) };
      expect(judgeChange(own, judgedBy({ writers: new Map([[said.iss, said]]) }))).toBeUndefined();
    });

    test('is taken in where that server is blocked: its later words are not heard here, while others see its later changes', () => {
      const signers = new Map([...judgedBy().signers, [issOf('b'), signer('Prod', true)]]);
      expect(judged(writerOfTest('b'), minutes(5) + 1n, { signers })).toBeUndefined();
    });

    test('is taken in a day after the time of what it names, as its next change comes later', () => {
      const dayAfter = new Date(Number(minutes(6) / 65_536n) + 24 * 3_600_000);
      expect(judged(writerOfTest('b'), minutes(6), { now: dayAfter })).toBe('CATALOG_CHANGE_UNWRITTEN');
      expect(judged(writerOfTest('b'), minutes(6), { now: new Date(dayAfter.getTime() + 1) })).toBeUndefined();
    });

    test('is judged alike by that server itself, as far as it has said something', () => {
      const own = { iss: said.iss, epoch: said.epoch, lastStamp: 0n };
      expect(judged(writerOfTest('b'), minutes(5), { own })).toBeUndefined();
      expect(judged(writerOfTest('b'), minutes(5) + 1n, { own })).toBe('CATALOG_CHANGE_UNWRITTEN');
      expect(judged(writerOfTest('b'), minutes(5), { own, writers: new Map() })).toBe('CATALOG_CHANGE_WRITER_UNKNOWN');
    });
  });

  test('up to the cap is taken in', () => {
    const signers = new Map([[issOf('b'), signer('Test')]]);
    expect(judgeChange(uploaded([], author('b'), '1', 'Test'), judgedBy({ signers }))).toBeUndefined();
  });
});

describe('a forged change that covers an honest one, in one record', () => {
  test('is held back before the merge, so that the honest one stands', () => {
    const forged: PackageChange = { ...acted([first], author('f', 1), { act: 'delete' }), signature: new Uint8Array(64) };
    const accepted = [forged, first].filter((change) => judgeChange(change, judgedBy()) === undefined);
    expect(headsText(mergeChanges([], accepted))).toBe('1--');
    // Merged first, as it must not be, it would take the honest one with it.
    expect(mergeChanges([], [forged, first])).toEqual([forged]);
  });
});

describe('changes beside each other of one signer', () => {
  const many = Array.from({ length: 200 }, (_, index) =>
    signed({
      ...uploaded([], author('b', 0, index.toString(16).padStart(2, '0')[1] ?? '0'), '1', 'Dev'),
      stamp: BigInt(index + 1),
    }),
  ).map((change, index) => ({ ...change, epoch: index.toString(16).padStart(16, '0') }));

  test('are taken in up to eight, the latest', () => {
    const surplus = overBound([], many);
    expect(surplus).toEqual(many.slice(0, 192));
    expect(mergeChanges([], many)).toEqual(many.slice(192));
  });

  test('are no surplus where others have ended them', () => {
    const ended = acted([first], author('c', 2), { act: 'delete' });
    expect(overBound([ended], [first])).toEqual([]);
  });

  test("do not touch others', whose next change ends them all", () => {
    const present = mergeChanges([later], many);
    expect(present).toContain(later);
    const next = uploaded(present, author('a', 5), '3', 'Dev');
    expect(mergeChanges(present, [next])).toEqual([next]);
  });
});
