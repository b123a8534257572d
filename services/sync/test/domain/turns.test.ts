import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type Contender, nextTurn, type Turn } from '../../src/domain/turns.ts';

const now = new Date('2026-01-01T00:00:00Z');
const later = (minutes: number) => new Date(now.getTime() + minutes * 60_000);
const one = (key: string, more: Partial<Contender> = {}): Contender => {
  return { key, canRun: true, hasProgress: false, isPutAside: false, ...more };
};

test('the first that can run begins, and keeps its turn to the end', () => {
  const turn = nextTurn([one('false'), one('true')], undefined, now);
  expect(turn).toEqual({ key: 'false', endsAt: later(15), lengthMs: 900_000 });
  expect(nextTurn([one('true'), one('false')], turn, later(14))).toBe(turn);
});

test('one whose manifest failed gives way at once', () => {
  const turn = nextTurn([one('false'), one('true')], undefined, now);
  const contenders = [one('false', { isPutAside: true, hasProgress: true }), one('true')];
  expect(nextTurn(contenders, turn, later(1)).key).toBe('true');
});

test('one that cannot run gives way, unless bytes of it are here', () => {
  const turn = nextTurn([one('a'), one('b')], undefined, now);
  expect(nextTurn([one('a', { canRun: false }), one('b')], turn, later(1)).key).toBe('b');
  expect(nextTurn([one('a', { canRun: false, hasProgress: true }), one('b')], turn, later(1)).key).toBe('a');
});

test('a manifest that failed is not tried at the cost of what is here of another', () => {
  const turn = nextTurn([one('true'), one('false')], undefined, now);
  const contenders = [one('true', { canRun: false, hasProgress: true }), one('false', { isPutAside: true })];
  for (const minutes of [1, 20, 500]) expect(nextTurn(contenders, turn, later(minutes)).key).toBe('true');
});

test('where all failed, the one that runs goes on until the others have their turn', () => {
  const contenders = [one('a', { isPutAside: true }), one('b', { isPutAside: true })];
  const turn = nextTurn(contenders, undefined, now);
  expect(nextTurn(contenders, turn, later(14))).toBe(turn);
  expect(nextTurn(contenders, turn, later(15)).key).toBe('b');
});

test('a content that needs any time at all is done in the end, however slowly false ones are served', () => {
  const needsMinutes = fc.integer({ min: 1, max: 4_000 });
  fc.assert(
    fc.property(needsMinutes, fc.integer({ min: 1, max: 4 }), (minutes, liars) => {
      const contenders = [...Array.from({ length: liars }, (_, index) => one(`false ${index}`)), one('true')];
      let turn: Turn | undefined;
      let at = now;
      for (let turns = 0; turns < 60; turns += 1) {
        turn = nextTurn(contenders, turn, at);
        if (turn.key === 'true' && turn.lengthMs >= minutes * 60_000) return;
        at = turn.endsAt;
      }
      throw new Error('it never had the time');
    }),
  );
});
