import type { PackageChange } from '@odst/contracts/catalog';
import { type Stage, stages } from '@odst/kernel';
import { describe, expect, test } from 'vitest';
import { effectsOf, planAct } from '../../src/domain/acts.ts';
import { mergeChanges } from '../../src/domain/change-merge.ts';
import { formerOf } from '../../src/domain/former.ts';
import { headOf, headsOf, standingContents } from '../../src/domain/head.ts';
import type { Package } from '../../src/domain/package.ts';
import { type PackageCommand, packageDecider } from '../../src/domain/package-decider.ts';
import { textOf } from '../support/forgeries.ts';
import { acted, author, headsText, letterOf, shaOf, uploaded } from '../support/records.ts';

/** A server of that stage, which has all bytes, after it heard of these changes in this order. */
function server(serverStage: Stage, ...heard: readonly PackageChange[]): Package {
  const follow = { deletions: 'follow', now: author('a').now } as const;
  const site = { iss: '', serverStage, held: [...'123456789'].map(shaOf), ...follow };
  let state: Package | undefined;
  for (const change of heard) {
    const command: PackageCommand = { type: 'MergeChanges', newPackageId: 1, changes: [change], fromIss: 'peer', site };
    state = packageDecider.decide(command, state).reduce(packageDecider.evolve, state);
  }
  if (state === undefined) throw new RangeError('a server that heard of something');
  return state;
}

/** What the sites of Dev, Test and Prod serve that heard of these changes in this order. */
const servedBy = (...heard: readonly PackageChange[]) =>
  stages.map((stage) => letterOf(server(stage, ...heard).served?.content)).join('');

/** The one record that all come to, whatever the order in which they hear of the changes. */
function meet(...changes: readonly PackageChange[]): readonly PackageChange[] {
  const records = permutations(changes).map((order) => server('Prod', ...order).changes);
  expect(new Set(records.map(textOf)).size).toBe(1);
  return records[0] ?? [];
}

function permutations<T>(list: readonly T[]): readonly (readonly T[])[] {
  if (list.length < 2) return [list];
  return list.flatMap((one) => permutations(list.filter((other) => other !== one)).map((rest) => [one, ...rest]));
}

/** The contents that an admin can choose from in a head. */
const sidesOf = (changes: readonly PackageChange[], stage: Stage) =>
  standingContents(headOf(headsOf(changes), stage))
    .map(letterOf)
    .join('');

describe('a new version under an old name', () => {
  const old = uploaded([], author('a'), '1', 'Prod');
  const tried = uploaded([old], author('b', 1), '2', 'Dev');
  const promoted = acted([old, tried], author('b', 2), { act: 'promote', to: 'Prod' });

  test('is served by Dev sites while Prod sites go on serving the old one, a Prod site that joins too', () => {
    expect(servedBy(old, tried)).toBe('211');
    expect(letterOf(server('Prod', tried, old).served?.content)).toBe('1');
  });

  test('is served by all once it is promoted, and Dev is free for the next one', () => {
    expect(servedBy(old, tried, promoted)).toBe('222');
    expect(headsText(meet(old, tried, promoted))).toBe('--2');
  });

  test('goes back where it is rolled back', () => {
    const state = server('Prod', old, tried, promoted);
    const plan = planAct(state, { act: 'rollback', from: undefined, to: 'Prod', sha256: '' });
    expect(effectsOf(state.heads, plan).map(({ after }) => letterOf(after))).toEqual(['1', '1', '1']);
  });
});

describe('Dev x, Test y; Dev is promoted to Prod', () => {
  const [x, y] = [uploaded([], author('a'), '1', 'Dev'), uploaded([], author('b'), '2', 'Test')];
  const promoted = acted([x, y], author('a', 1), { act: 'promote', from: 'Dev', to: 'Prod' });

  test('Test sites keep y; Dev sites do not fall to it', () => {
    expect(servedBy(x, y)).toBe('12-');
    expect(servedBy(x, y, promoted)).toBe('121');
  });
});

test('A promotes to Prod while B replaces in Dev, cut off from each other: no conflict, both stand', () => {
  const first = uploaded([], author('a'), '1', 'Dev');
  const promoted = acted([first], author('a', 5), { act: 'promote', to: 'Prod' });
  const replaced = uploaded([first], author('b', 1), '2', 'Dev');
  expect(headsText(meet(first, promoted, replaced))).toBe('2-1');
  expect(servedBy(first, promoted, replaced)).toBe('211');
});

describe('A deletes while B, cut off, promotes', () => {
  const first = uploaded([], author('c'), '1', 'Dev');
  const gone = acted([first], author('a', 5), { act: 'delete' });
  const promoted = acted([first], author('b', 1), { act: 'promote', to: 'Prod' });
  const met = meet(first, gone, promoted);

  test('a conflict is listed, the same everywhere, and the content is served until somebody decides', () => {
    expect(headsText(met)).toBe('--1!');
    expect([servedBy(first, gone, promoted), servedBy(promoted, gone)]).toEqual(['111', '111']);
  });

  test.each([
    ['a', '1', '--1'],
    ['a', '', '---'],
    ['b', '1', '--1'],
    ['b', '', '---'],
  ])('a resolution by %s to %j replicates', (letter, content, heads) => {
    const resolved = acted(met, author(letter, 9), { act: 'resolve', to: 'Prod', sha256: shaOf(content) });
    expect(headsText(meet(gone, promoted, resolved))).toBe(heads);
  });
});

describe('two servers at once', () => {
  const first = uploaded([], author('a'), '1', 'Dev');
  const second = uploaded([], author('b'), '2', 'Dev');
  const met = meet(first, second);

  test('resolve differently: a conflict of what they chose, nothing lost', () => {
    const [one, other] = (['1', '2'] as const).map((content, index) =>
      acted(met, author('ab'[index] ?? '', 1), { act: 'resolve', to: 'Dev', sha256: shaOf(content) }),
    );
    if (one === undefined || other === undefined) throw new RangeError('two resolutions');
    const record = meet(first, second, one, other);
    expect([headsText(record), sidesOf(record, 'Dev')]).toEqual(['2!--', '21']);
    const kept = server('Dev', first, second, one, other);
    expect(kept.trash).toEqual([]);
    expect(kept.here.toSorted()).toEqual([shaOf('1'), shaOf('2')]);
  });

  test('resolve alike: no conflict', () => {
    const choose = (letter: string) => acted(met, author(letter, 1), { act: 'resolve', to: 'Dev', sha256: shaOf('1') });
    expect(headsText(meet(first, second, choose('a'), choose('b')))).toBe('1--');
  });

  test('promote the same: no conflict', () => {
    const promote = (letter: string) => acted([first], author(letter, 1), { act: 'promote', to: 'Prod' });
    expect(headsText(meet(first, promote('a'), promote('b')))).toBe('--1');
  });

  test('promote different contents: a conflict of both', () => {
    const test2 = uploaded([first], author('a', 1), '2', 'Test');
    const present = [first, test2];
    const one = acted(present, author('a', 2), { act: 'promote', from: 'Dev', to: 'Prod' });
    const other = acted(present, author('b', 2), { act: 'promote', from: 'Test', to: 'Prod' });
    const record = meet(first, test2, one, other);
    expect([headsText(record), sidesOf(record, 'Prod')]).toEqual(['1-2!', '21']);
  });

  test('delete and replace: a conflict of the content and the deletion', () => {
    const gone = acted([first], author('a', 9), { act: 'delete' });
    const replaced = uploaded([first], author('b', 1), '2', 'Dev');
    const record = meet(first, gone, replaced);
    expect([headsText(record), sidesOf(record, 'Dev')]).toEqual(['2!--', '2']);
  });

  test('delete: what is restored comes back on all', () => {
    const [one, other] = ['a', 'b'].map((letter, index) => acted([first], author(letter, 1 + index), { act: 'delete' }));
    if (one === undefined || other === undefined) throw new RangeError('two deletions');
    for (const order of [
      [one, other],
      [other, one],
    ]) {
      const state = server('Dev', first, ...order);
      const plan = planAct(state, { act: 'restore', from: undefined, to: undefined, sha256: '' });
      expect(plan?.sets.map(({ stage, content }) => [stage, letterOf(content)])).toEqual([['Dev', '1']]);
    }
  });
});

test('a change that is held back and then accepted leads to the record that is there where it was never held back', () => {
  const first = uploaded([], author('a'), '1', 'Dev');
  const held = uploaded([first], author('b', 1), '2', 'Dev');
  const covering = uploaded([held], author('c', 2), '3', 'Dev');
  const apart = acted([first], author('d', 3), { act: 'promote', to: 'Prod' });
  const never = server('Prod', first, held, covering, apart).changes;
  expect(headsText(never)).toBe('3-1');
  for (const order of permutations([first, held, covering, apart])) {
    const meanwhile = order.filter((change) => change !== covering);
    // It ends nothing while it waits.
    expect(headsText(server('Prod', ...meanwhile).changes)).toBe('2-1');
    expect(textOf(server('Prod', ...meanwhile, covering).changes)).toBe(textOf(never));
  }
});

test('a demotion from Prod says what Prod sites are left with, and what they had before', () => {
  const old = uploaded([], author('a'), '1', 'Prod');
  const newer = uploaded([old], author('a', 1), '2', 'Prod');
  const state = server('Prod', old, newer);
  const plan = planAct(state, { act: 'demote', from: undefined, to: 'Test', sha256: shaOf('2') });
  expect(effectsOf(state.heads, plan).map(({ before, after }) => letterOf(before) + letterOf(after))).toEqual(['22', '22', '2-']);
  expect(letterOf(formerOf(state.former, 'Prod', '', newer.sets[0]?.content))).toBe('1');
  const demoted = acted([newer], author('a', 2), { act: 'demote', to: 'Test' });
  expect(letterOf(server('Prod', old, newer, demoted).served?.content)).toBe('2');
  expect(letterOf(server('Prod', old, demoted, newer).served?.content)).toBe('-');
});

test('the next change of a server whose stamps somebody forged is accepted and ends what it saw', () => {
  const first = uploaded([], author('a'), '1', 'Dev');
  const forged: PackageChange = { ...uploaded([first], author('b', 1), '2', 'Dev'), stamp: 2n ** 62n };
  const next = uploaded([first, forged], author('a', 2), '3', 'Dev');
  expect(next.stamp).toBeLessThan(2n ** 62n);
  expect(headsText(mergeChanges([first, forged], [next]))).toBe('3--');
});
