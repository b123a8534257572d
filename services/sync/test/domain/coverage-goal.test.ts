import { OdstError, type Stage } from '@odst/kernel';
import { expect, test } from 'vitest';
import type { HeadCoverage, Site, SiteCoverage } from '../../src/domain/coverage.ts';
import { goalOf, goalState } from '../../src/domain/coverage-goal.ts';

const siteOf = (name: string, iss = name): Site => ({ iss, name, stage: 'Prod', blocked: false, heardAt: new Date(0) });
const known = (...sites: readonly Site[]) => ({ ownIss: 'here', sites, now: new Date(0) });

const head = (stage: Stage, states: Readonly<Record<string, SiteCoverage['state']>>): HeadCoverage => {
  const sites = Object.entries(states).map(([name, state]) => {
    return { ...siteOf(name), state, since: undefined, reason: '', nextTryAt: undefined };
  });
  const counted = sites.filter(({ state }) => state !== 'withheld');
  const held = counted.filter(({ state }) => state === 'verified').length;
  return { head: { stage, sha256: 'aa' }, held, of: counted.length, sites };
};

test('a goal is all, a number, or one server by its name or identity', () => {
  const two = known(siteOf('Berlin', 'b'), siteOf('Oslo', 'o'));
  expect(goalOf('all', two)).toEqual({ kind: 'all' });
  expect(goalOf('12', two)).toEqual({ kind: 'count', count: 12 });
  expect([goalOf('Berlin', two), goalOf('o', two)]).toEqual([
    { kind: 'site', iss: 'b' },
    { kind: 'site', iss: 'o' },
  ]);
  for (const nobody of ['', '0', '-1', '007', 'berlin', 'toString']) expect(() => goalOf(nobody, two)).toThrow(OdstError);
  expect(() => goalOf('Oslo', known(siteOf('Oslo', '1'), siteOf('Oslo', '2')))).toThrow('several servers');
});

test('unknown is not held, and withheld is not waited for', () => {
  const heads = [head('Prod', { a: 'verified', b: 'unknown', c: 'withheld' })];
  expect(goalState({ kind: 'all' }, heads)).toMatchObject({ isReached: false, missing: [{ name: 'b' }] });
  expect(goalState({ kind: 'count', count: 1 }, heads)).toMatchObject({ isReached: true, missing: [] });
  expect(goalState({ kind: 'count', count: 2 }, heads)).toMatchObject({ isReached: false, isPossible: true });
  expect(goalState({ kind: 'count', count: 3 }, heads)).toMatchObject({ isReached: false, isPossible: false });
  expect(goalState({ kind: 'site', iss: 'a' }, heads)).toMatchObject({ isReached: true, missing: [] });
  expect(goalState({ kind: 'site', iss: 'c' }, heads)).toMatchObject({
    isReached: false,
    isPossible: false,
    missing: [{ name: 'c' }],
  });
});

test('of several heads a goal is for each, and one server is asked for those that it is to hold', () => {
  const heads = [head('Dev', { a: 'verified', b: 'withheld' }), head('Prod', { a: 'waiting', b: 'verified' })];
  expect(goalState({ kind: 'all' }, heads)).toMatchObject({ isReached: false, missing: [{ name: 'a' }] });
  expect(goalState({ kind: 'site', iss: 'b' }, heads)).toMatchObject({ isReached: true, missing: [] });
  expect(goalState({ kind: 'site', iss: 'a' }, heads)).toMatchObject({ isReached: false, missing: [{ name: 'a' }] });
});

test('without a head no goal is reached, and none is waited for', () => {
  const nothing = { isReached: false, isPossible: false, missing: [] };
  for (const goal of [{ kind: 'all' }, { kind: 'count', count: 1 }, { kind: 'site', iss: 'a' }] as const) {
    expect(goalState(goal, [])).toEqual(nothing);
  }
});
