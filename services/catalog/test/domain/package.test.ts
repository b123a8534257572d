import type { PackageChange } from '@odst/contracts/catalog';
import { describe, expect, test } from 'vitest';
import { awaitsConfirmation, listedHead, type Package, statusOf } from '../../src/domain/package.ts';
import { packageDecider } from '../../src/domain/package-decider.ts';
import type { Site } from '../../src/domain/placement.ts';
import { acted, author, contentOf, issOf, letterOf, shaOf, uploaded } from '../support/records.ts';

/** A Prod server that holds these contents, after it heard of the changes. */
function having(changes: readonly PackageChange[], held: string, deletions: Site['deletions'] = 'follow'): Package {
  const site: Site = { iss: issOf('a'), serverStage: 'Prod', held: [...held].map(shaOf), deletions, now: author('a').now };
  const state = changes.reduce<Package | undefined>((present, change) => {
    const command = { type: 'MergeChanges', newPackageId: 1, changes: [change], fromIss: 'peer', site } as const;
    return packageDecider.decide(command, present).reduce(packageDecider.evolve, present);
  }, undefined);
  if (state === undefined) throw new RangeError('a change at least');
  return state;
}

const dev = uploaded([], author('b'), '1', 'Dev');
const prod = uploaded([dev], author('b', 1), '2', 'Prod');
const gone = acted([dev, prod], author('b', 2), { act: 'delete' });

describe('a package of a Prod server', () => {
  test.each<[string, readonly PackageChange[], string, string]>([
    ['the head that it serves', [dev, prod], '2', 'Prod 2'],
    ['the head that it is to serve', [dev, prod], '', 'Prod 2'],
    ['the lowest head where it admits none', [dev], '', 'Dev 1'],
    ['none where all are deleted', [dev, prod, gone], '2', 'undefined -'],
  ])('is listed under %s', (_what, changes, held, listed) => {
    const head = listedHead(having(changes, held));
    expect(`${head?.stage} ${letterOf(head?.content)}`).toBe(listed);
  });

  test('is Public, Downloading or Withheld by content', () => {
    const status = (held: string, content: string) => statusOf(having([dev, prod], held), contentOf(content));
    expect([status('2', '2'), status('', '2'), status('', '1')]).toEqual(['Public', 'Downloading', 'Withheld']);
  });

  test('awaits confirmation while it is served though it is deleted everywhere', () => {
    expect(awaitsConfirmation(having([dev, prod, gone], '2', 'ask'))).toBe(true);
    expect(awaitsConfirmation(having([dev, prod], '2', 'ask'))).toBe(false);
    expect(awaitsConfirmation(having([dev, prod, gone], '2'))).toBe(false);
  });

  test('is known by the number that it had, and by the last change that was made here', () => {
    const own = uploaded([dev, prod], author('a', 9), '3', 'Prod');
    const site: Site = { iss: issOf('a'), serverStage: 'Prod', held: [shaOf('3')], deletions: 'follow', now: author('a').now };
    const state = having([dev, prod], '2');
    const events = packageDecider.decide({ type: 'ApplyChange', change: own, site }, state);
    expect(state).toMatchObject({ packageId: 1, lastOwnStamp: 0n });
    expect(events.reduce<Package | undefined>(packageDecider.evolve, state)).toMatchObject({
      packageId: 1,
      lastOwnStamp: own.stamp,
    });
  });
});
