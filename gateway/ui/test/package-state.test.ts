import { expect, test } from 'vitest';
import { type Coming, comingOf, hereOf, toldLast } from '../src/features/packages/package-state.ts';

const [older, newer] = ['a'.repeat(64), 'b'.repeat(64)];

test('a package that is not here is on its way only while it comes; what is not known is neither that nor green', () => {
  const head = { stage: 'Dev', sha256: older, conflict: false } as never;
  const shown = { status: 'Downloading', serves: null, heads: { Dev: head, Test: null, Prod: null } } as const;
  const here = (state?: Coming['state']) => {
    const { tone, text } = hereOf(shown, state && { sha256: older, state, reason: null });
    return `${tone}: ${text}`;
  };
  expect([here(), here('running'), here('waiting'), here('retrying'), here('paused')]).toEqual([
    'grey: Not here yet',
    'blue: Downloading',
    'amber: Waiting',
    'amber: Retrying',
    'amber: Paused',
  ]);
});

test('of several contents of a package the one that comes is told first, and none of another package', () => {
  const heads = { Dev: { sha256: newer }, Test: { sha256: older }, Prod: null } as never;
  const coming = (sha256: string, state: Coming['state']): Coming => ({ sha256, state, reason: null });
  const of = (...comings: readonly Coming[]) => comingOf({ heads }, comings);
  expect(of(coming(older, 'waiting'), coming(newer, 'running'))?.sha256).toBe(newer);
  expect(of(coming(older, 'retrying'), coming(newer, 'paused'))?.state).toBe('retrying');
  expect(of(coming('c'.repeat(64), 'running'))).toBeUndefined();
});

test('of each content what was told last stands while more is asked for', () => {
  const coming = (sha256: string, state: Coming['state']): Coming => ({ sha256, state, reason: null });
  const [before, now] = [coming(older, 'waiting'), coming(older, 'running')];
  const answers = [
    { at: 2, comings: [now] },
    { at: 1, comings: [before, coming(newer, 'paused')] },
  ];
  expect(toldLast(answers)).toEqual([now, coming(newer, 'paused')]);
  expect(toldLast([])).toEqual([]);
});
