import { expect, test } from 'vitest';
import { planUpload } from '../../src/domain/acts.ts';
import { changeFault } from '../../src/domain/change-check.ts';
import { mergeChanges } from '../../src/domain/change-merge.ts';
import { headsOf } from '../../src/domain/head.ts';
import { stampsPerMs } from '../../src/domain/hybrid-clock.ts';
import { hasSeenAll, type WrittenOn, writeChange } from '../../src/domain/write-change.ts';
import { acted, author, contentOf, nomadUuid, signed, uploaded, writerOfTest } from '../support/records.ts';

const on = (changes: WrittenOn['changes'], lastOwnStamp = 0n): WrittenOn => ({
  filename: 'NoMAD.pkg',
  changes,
  heads: headsOf(changes),
  lastOwnStamp,
});
const plan = planUpload(headsOf([]), 'Dev', contentOf('9'));
const at = (minute: number) => BigInt(author('a', minute).now.getTime()) * stampsPerMs;

test('a change says who did what, when, and what for', () => {
  expect(writeChange(on([]), plan, author('a', 1), 'a fix')).toEqual({
    uuid: nomadUuid,
    filename: 'NoMAD.pkg',
    act: 'upload',
    from: '',
    sets: [{ stage: 'Dev', content: contentOf('9'), byTheWay: false, seen: [] }],
    iss: author('a').iss,
    epoch: author('a').epoch,
    stamp: at(1),
    actor: 'account:admin',
    reason: 'a fix',
    datedAt: author('a', 1).now,
  });
});

test('a change has seen all that stands in the heads that it sets, and nothing of the others', () => {
  const conflict = [uploaded([], author('b'), '1', 'Dev'), uploaded([], author('c', 3), '2', 'Dev')];
  const elsewhere = uploaded([], author('d'), '3', 'Prod');
  const change = writeChange(on([...conflict, elsewhere]), plan, author('a', 5), '');
  expect(change.sets[0]?.seen.map(({ writer }) => writer)).toEqual([writerOfTest('b'), writerOfTest('c')]);
  expect(mergeChanges([...conflict, elsewhere], [signed(change)])).toEqual([elsewhere, signed(change)]);
});

test('a stamp is above all that was seen and the last own one, and not below the clock', () => {
  const fast = uploaded([], author('b', 9), '1', 'Dev');
  expect(writeChange(on([fast]), plan, author('a', 5), '').stamp).toBe(fast.stamp + 1n);
  expect(writeChange(on([fast]), plan, author('a', 10), '').stamp).toBe(at(10));
  expect(writeChange(on([], at(20)), plan, author('a', 10), '').stamp).toBe(at(20) + 1n);
});

test('a stamp is above what others say of its writer, so that the change covers them', () => {
  const other = uploaded([], author('b'), '1', 'Dev');
  const claims = { ...other, sets: other.sets.map((set) => ({ ...set, seen: [{ writer: writerOfTest('a'), stamp: at(60) }] })) };
  const change = signed(writeChange(on([claims], at(1)), plan, author('a', 2), ''));
  expect(changeFault(change)).toBeUndefined();
  expect(mergeChanges([claims], [change])).toEqual([change]);
});

test('a deletion has no date; a promotion keeps that of the content', () => {
  const first = uploaded([], author('b', 1), '1', 'Dev');
  expect(acted([first], author('a', 9), { act: 'delete' }).datedAt).toBeUndefined();
  expect(acted([first], author('a', 9), { act: 'promote', to: 'Prod' }).datedAt).toEqual(author('b', 1).now);
});

test('a change has seen all as long as nothing else came into its heads', () => {
  const change = uploaded([], author('a'), '1', 'Dev');
  expect(hasSeenAll(change, headsOf([]))).toBe(true);
  expect(hasSeenAll(change, headsOf([uploaded([], author('b'), '2', 'Prod')]))).toBe(true);
  expect(hasSeenAll(change, headsOf([uploaded([], author('b'), '2', 'Dev')]))).toBe(false);
});
