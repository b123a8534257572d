import type { PackageRecord } from '@odst/contracts/catalog';
import { stages } from '@odst/kernel';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { canonicalText } from '../../src/domain/canonical-record.ts';
import { changesOf, isSameState, mergeRecords, newChanges, offer, sealRecord } from '../../src/domain/record-merge.ts';
import { author, deleted, epochOf, firstChange, issOf, replaced, staged, unsealed } from '../support/records.ts';

const text = (record: PackageRecord | undefined) => (record === undefined ? '' : changesOf(record).map(canonicalText).join('\n'));

describe('offer', () => {
  const base = firstChange(author('a'), '1', 'Test');

  test('ignores a state that is known, and one that was superseded', () => {
    const promoted = staged(base, author('b', 1), 'Prod');
    expect(offer(base, base)).toMatchObject({ outcome: 'ignored' });
    expect(offer(promoted, base)).toMatchObject({ outcome: 'ignored', record: promoted });
  });

  test('applies a change that knew the present state', () => {
    const promoted = staged(base, author('b', 1), 'Prod');
    expect(offer(base, promoted)).toMatchObject({ outcome: 'applied', record: { stage: 'Prod', concurrent: [] } });
  });

  test('joins histories that came to the same content and stage', () => {
    const here = firstChange(author('a'), '1', 'Prod');
    const there = firstChange(author('b', 1), '1', 'Prod');
    const merge = offer(here, there);
    expect(merge).toMatchObject({ outcome: 'merged', losers: [] });
    expect(changesOf(merge.record)).toHaveLength(2);
  });

  test('prefers the live one, then the higher stage, then the later clock, then the greater iss', () => {
    const live = staged(base, author('b', 1), 'Dev');
    const gone = deleted(base, author('c', 2));
    expect(offer(gone, live).record).toMatchObject({ deleted: false, stage: 'Dev' });
    const prod = staged(base, author('d', 1), 'Prod');
    expect(offer(live, prod).record).toMatchObject({ stage: 'Prod' });
    const later = replaced(base, author('b', 9), '2', 'Prod');
    expect(offer(prod, later).record).toMatchObject({ sha256: later.sha256 });
    const greater = replaced(base, author('c', 9), '3', 'Prod');
    expect(offer(later, greater).record).toMatchObject({ sha256: greater.sha256 });
  });

  test('names a pair in conflict once', () => {
    const one = replaced(base, author('b', 1), '2', 'Prod');
    const two = replaced(base, author('c', 2), '3', 'Test');
    const three = replaced(base, author('d', 3), '4', 'Dev');
    const first = offer(one, two);
    expect(first).toMatchObject({ outcome: 'conflict', losers: [{ sha256: two.sha256 }] });
    expect(offer(first.record, three)).toMatchObject({ outcome: 'conflict', losers: [{ sha256: three.sha256 }] });
    expect(offer(first.record, first.record)).toMatchObject({ outcome: 'ignored', losers: [] });
  });

  test('does not bring back a state that its own server took back', () => {
    const prod = staged(base, author('a', 1), 'Prod');
    const demoted = staged(prod, author('a', 2), 'Dev');
    const other = replaced(base, author('b', 3), '2', 'Test');
    const met = mergeRecords(prod, other);
    expect(mergeRecords(met, demoted)).toMatchObject({ sha256: other.sha256, stage: 'Test' });
    expect(text(mergeRecords(met, demoted))).toBe(text(mergeRecords(prod, mergeRecords(other, demoted))));
  });

  test('ends a conflict with a change that knew both sides', () => {
    const met = mergeRecords(replaced(base, author('b', 1), '2', 'Prod'), replaced(base, author('c', 1), '3', 'Prod'));
    expect(met.concurrent).toHaveLength(1);
    expect(offer(met, staged(met, author('d', 2), 'Test'))).toMatchObject({ outcome: 'applied', record: { concurrent: [] } });
  });

  test('asks to verify only what would become part of the state', () => {
    const promoted = staged(base, author('b', 1), 'Prod');
    const concurrent = replaced(base, author('c', 1), '2', 'Dev');
    expect(newChanges(promoted, mergeRecords(promoted, concurrent))).toEqual([concurrent]);
    expect(newChanges(promoted, base)).toEqual([]);
  });
});

/** One step of a federation: an admin changes the package on a server, or a server tells another its state. */
type Step =
  | { readonly kind: 'content' | 'stage' | 'delete'; readonly server: number; readonly content: number; readonly stage: number }
  | { readonly kind: 'tell'; readonly server: number; readonly to: number };

const servers = ['a', 'b', 'c', 'd', 'e'] as const;
const server = fc.nat(servers.length - 1);
const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({
    kind: fc.constantFrom('content', 'stage', 'delete'),
    server,
    content: fc.integer({ min: 1, max: 3 }),
    stage: fc.nat(2),
  }),
  fc.record({ kind: fc.constant('tell'), server, to: server }),
);

/** Runs the steps; gives the states of the servers and every change that an admin made. */
function play(steps: readonly Step[]): {
  readonly states: (PackageRecord | undefined)[];
  readonly chosen: readonly PackageRecord[];
} {
  const states: (PackageRecord | undefined)[] = servers.map(() => undefined);
  const chosen: PackageRecord[] = [];
  steps.forEach((next, minute) => {
    const present = states[next.server];
    if (next.kind === 'tell') {
      const target = states[next.to];
      if (present !== undefined) states[next.to] = target === undefined ? present : mergeRecords(target, present);
      return;
    }
    const by = author(servers[next.server] ?? 'a', minute % 4);
    const stage = stages[next.stage] ?? 'Dev';
    const content = String(next.content);
    if (present === undefined) states[next.server] = firstChange(by, content, stage);
    else if (next.kind === 'content') states[next.server] = replaced(present, by, content, stage);
    else states[next.server] = next.kind === 'stage' ? staged(present, by, stage) : deleted(present, by);
    chosen.push(states[next.server] as PackageRecord);
  });
  return { states, chosen };
}

describe('merge over many servers', () => {
  const history = fc.array(step, { minLength: 3, maxLength: 40 });

  test('is commutative, associative and idempotent', () => {
    fc.assert(
      fc.property(history, server, server, server, (steps, i, j, k) => {
        const { states } = play(steps);
        const [a, b, c] = [states[i], states[j], states[k]];
        if (a === undefined || b === undefined || c === undefined) return;
        expect(text(mergeRecords(a, b))).toBe(text(mergeRecords(b, a)));
        expect(text(mergeRecords(mergeRecords(a, b), c))).toBe(text(mergeRecords(a, mergeRecords(b, c))));
        expect(text(mergeRecords(a, a))).toBe(text(a));
      }),
      { numRuns: 500 },
    );
  });

  test('gives the same record on every server, in whatever order the changes arrive', () => {
    fc.assert(
      fc.property(history, fc.array(fc.nat(999), { minLength: 60, maxLength: 60 }), (steps, dice) => {
        const { chosen } = play(steps);
        const shuffled = chosen.map((change, index) => ({ change, at: dice[index] ?? 0 })).toSorted((x, y) => x.at - y.at);
        const forwards = chosen.reduce<PackageRecord | undefined>((state, change) => offer(state, change).record, undefined);
        const anyhow = shuffled.reduce<PackageRecord | undefined>((state, { change }) => offer(state, change).record, undefined);
        expect(text(anyhow)).toBe(text(forwards));
      }),
      { numRuns: 500 },
    );
  });

  test('never makes a pair of content and stage that nobody chose', () => {
    fc.assert(
      fc.property(history, (steps) => {
        const { states, chosen } = play(steps);
        const all = states
          .filter((state) => state !== undefined)
          .reduce<PackageRecord | undefined>((one, other) => offer(one, other).record, undefined);
        for (const state of [...states, all]) {
          if (state !== undefined) expect(chosen.some((choice) => isSameState(choice, state))).toBe(true);
        }
      }),
      { numRuns: 500 },
    );
  });

  test('comes to the same whether a server seals its changes before or after it hears of those of peers', () => {
    fc.assert(
      fc.property(history, server, server, server, (steps, i, j, k) => {
        const { states } = play(steps);
        const [mine, theirs, others] = [states[i], states[j], states[k]];
        if (mine === undefined || theirs === undefined || others === undefined) return;
        const iss = issOf(servers[i] ?? 'a');
        const ofIss = (change: PackageRecord) => change.signedBy === iss;
        const open = changesOf(mine).reduce<PackageRecord | undefined>(
          (state, change) => offer(state, ofIss(change) ? unsealed(change) : change).record,
          undefined,
        );
        const seals = changesOf(mine).filter(ofIss);
        const early = [theirs, others].reduce(mergeRecords, sealRecord(open as PackageRecord, seals));
        const late = sealRecord([theirs, others].reduce(mergeRecords, open as PackageRecord), seals);
        const between = mergeRecords(sealRecord(mergeRecords(open as PackageRecord, others), seals), theirs);
        expect(text(early)).toBe(text([theirs, others].reduce(mergeRecords, mine)));
        expect([text(late), text(between)]).toEqual([text(early), text(early)]);
        expect(sealRecord(late, seals)).toBe(late);
        expect(offer(open, theirs).losers.length).toBe(offer(mine, theirs).losers.length);
      }),
      { numRuns: 500 },
    );
  });

  test('keeps one change of each server at most', () => {
    fc.assert(
      fc.property(history, (steps) => {
        for (const state of play(steps).states) {
          if (state === undefined) continue;
          const makers = changesOf(state).map((change) => change.changedBy);
          expect(new Set(makers).size).toBe(makers.length);
        }
      }),
      { numRuns: 200 },
    );
  });
});

test('what a restored server makes is not taken for something that others have seen, however far its clock stands behind', () => {
  const first = firstChange(author('a'), '1', 'Prod');
  // After the backup that A is restored from, and seen by B.
  const lost = replaced(first, author('a', 60), '2', 'Prod');
  const atB = replaced(lost, author('b', 61), '3', 'Prod');
  const again = { ...author('a', 30), epoch: epochOf('c') };
  const after = replaced(first, again, '4', 'Prod');
  const { outcome, record } = offer(atB, after);
  expect(outcome).toBe('conflict');
  expect(changesOf(record).map(({ sha256 }) => sha256)).toEqual([atB.sha256, after.sha256]);
});
