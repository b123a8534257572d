import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  type ChoicesCommand,
  type ChoicesEvent,
  changedBetween,
  type TransferChoices,
  transferChoices,
} from '../../src/domain/transfer-choices.ts';

const given = (...events: readonly ChoicesEvent[]) => events.reduce(transferChoices.evolve, transferChoices.initialState());
const change = (blob: string, parts: { paused?: boolean; first?: boolean; reason?: string }): ChoicesCommand => ({
  ...{ type: 'ChangeTransfer', blob, by: 'account:eva', reason: '', verifiedBytes: 7n },
  ...parts,
});
const paused = (blob: string): ChoicesEvent => ({
  type: 'TransferPaused',
  data: { blob, by: 'account:eva', reason: 'the line is full', verifiedBytes: 7n },
});
const putFirst = (blob: string, place: number): ChoicesEvent => ({ type: 'TransferPutFirst', data: { blob, place } });
const when = (command: ChoicesCommand, state: TransferChoices) => transferChoices.decide(command, state);

describe('what admins decide of transfers', () => {
  test('says who paused a transfer, why, and how much of it was here', () => {
    const command = change('x', { paused: true, reason: 'the line\nis full' });
    expect(when(command, given())).toEqual([paused('x')]);
    expect(given(paused('x')).paused.get('x')).toEqual({ by: 'account:eva', reason: 'the line is full', verifiedBytes: 7n });
  });

  test('writes down nothing that is so already', () => {
    expect(when(change('x', { paused: true }), given(paused('x')))).toEqual([]);
    expect(when(change('x', { paused: false, first: false }), given())).toEqual([]);
    expect(when(change('x', { first: true }), given(putFirst('x', 1)))).toEqual([]);
    expect(when({ type: 'ResumePeer', peerIss: 'a' }, given())).toEqual([]);
  });

  test('puts the last one that was put first before the others', () => {
    const state = given(putFirst('x', 1), putFirst('y', 2));
    expect(when(change('x', { first: true }), state)).toEqual([putFirst('x', 3)]);
    expect(when(change('y', { first: false }), state)).toEqual([{ type: 'TransferPutBack', data: { blob: 'y' } }]);
  });

  test('resumes and puts first in one act', () => {
    const events = when(change('x', { paused: false, first: true }), given(paused('x')));
    expect(events.map(({ type }) => type)).toEqual(['TransferResumed', 'TransferPutFirst']);
  });

  test('forgets what was decided of contents that nobody wants, and of no others', () => {
    const state = given(paused('x'), putFirst('y', 1));
    const events = when({ type: 'EndChoices', blobs: ['x', 'z'] }, state);
    expect(events).toEqual([{ type: 'TransferChoicesEnded', data: { blob: 'x' } }]);
    const after = events.reduce(transferChoices.evolve, state);
    expect([after.paused.size, after.firsts.get('y')]).toEqual([0, 1]);
  });

  test('pauses and resumes a peer', () => {
    const events = when({ type: 'PausePeer', peerIss: 'a', by: 'account:eva', reason: '' }, given());
    expect(events).toEqual([{ type: 'FetchingPaused', data: { peerIss: 'a', by: 'account:eva', reason: '' } }]);
    const state = given(...events);
    expect(state.pausedPeers.get('a')).toEqual({ by: 'account:eva', reason: '' });
    expect(when({ type: 'ResumePeer', peerIss: 'a' }, state)).toEqual([{ type: 'FetchingResumed', data: { peerIss: 'a' } }]);
  });

  test('ends where the last word on each content says, whatever came before', () => {
    const blob = fc.constantFrom('x', 'y', 'z');
    const act = fc.record({
      blob,
      paused: fc.option(fc.boolean(), { nil: undefined }),
      first: fc.option(fc.boolean(), { nil: undefined }),
    });
    fc.assert(
      fc.property(fc.array(act, { maxLength: 30 }), (acts) => {
        let state = transferChoices.initialState();
        const [isPaused, order] = [new Set<string>(), [] as string[]];
        for (const { blob, paused, first } of acts) {
          const before = state;
          state = transferChoices
            .decide({ type: 'ChangeTransfer', blob, paused, first, by: '', reason: '', verifiedBytes: 0n }, state)
            .reduce(transferChoices.evolve, state);
          if (paused === true) isPaused.add(blob);
          if (paused === false) isPaused.delete(blob);
          if (first !== undefined) order.splice(0, order.length, ...order.filter((other) => other !== blob));
          if (first === true) order.unshift(blob);
          expect(changedBetween(before, state).every((one) => one === blob)).toBe(true);
        }
        expect(new Set(state.paused.keys())).toEqual(isPaused);
        expect([...state.firsts].sort(([, one], [, other]) => other - one).map(([one]) => one)).toEqual(order);
      }),
    );
  });
});
