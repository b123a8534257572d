import type { Decider } from '@odst/kernel';
import { describe, expect, test } from 'vitest';
import { givenDecider } from '../../src/contract/index.ts';
import { type CounterCommand, type CounterEvent, type CounterState, counter } from '../counter.ts';

const given = givenDecider(counter);
const added = (amount: number): CounterEvent => ({ type: 'Added', data: { amount } });
const closed: CounterEvent = { type: 'Closed', data: {} };

describe('given, when, then', () => {
  test('passes where events, refusal and state are as told', () => {
    given([added(1)])
      .when({ type: 'Add', amount: 2 })
      .then([added(2)]);
    given([added(1)])
      .when({ type: 'Add', amount: 0 })
      .then([]);
    given([added(1), closed])
      .when({ type: 'Close' })
      .thenRefused('COMMON_ACCESS_DENIED', { total: 1 });
    given([added(1), closed]).thenState((state) => expect(state).toEqual({ total: 1, closed: true }));
    given([added(1)])
      .when({ type: 'Add', amount: 2 })
      .thenState(({ total }) => expect(total).toBe(3));
  });

  test('fails on other events, another refusal, or none', () => {
    expect(() => given([]).when({ type: 'Close' }).then([])).toThrow();
    expect(() => given([closed]).when({ type: 'Close' }).then([closed])).toThrow('the counter is closed');
    expect(() => given([closed]).when({ type: 'Close' }).thenRefused('COMMON_ROUTE_UNKNOWN')).toThrow();
    expect(() => given([closed]).when({ type: 'Close' }).thenRefused('COMMON_ACCESS_DENIED', { total: 9 })).toThrow();
    expect(() => given([]).when({ type: 'Close' }).thenRefused('COMMON_ACCESS_DENIED')).toThrow('expected the refusal');
  });

  test('fails a decider that changes the state it was given', () => {
    const careless: Decider<{ total: number }, CounterCommand, CounterEvent> = {
      initialState: () => ({ total: 0 }),
      decide: (_command, state) => {
        state.total += 1;
        return [];
      },
      evolve: (state) => state,
    };
    expect(() => givenDecider(careless)([]).when({ type: 'Close' }).then([])).toThrow('decide must leave the state alone');
  });

  test('passes a defect of the decider on', () => {
    const broken: Decider<CounterState, CounterCommand, CounterEvent> = {
      ...counter,
      decide: () => {
        throw new TypeError('a defect');
      },
    };
    expect(() => givenDecider(broken)([]).when({ type: 'Close' }).thenRefused('COMMON_ACCESS_DENIED')).toThrow(TypeError);
  });
});
