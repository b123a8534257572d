import type { Decider } from '@odst/kernel';
import { isOdstError } from '@odst/kernel';
import { expect } from 'vitest';

/** Reads as `given(events).when(command).then(events)`. */
export function scenario<State, Command, Event>(decider: Decider<State, Command, Event>) {
  return {
    given(...events: readonly Event[]) {
      const state = events.reduce(decider.evolve, decider.initialState());
      return {
        when: (command: Command) => ({
          // biome-ignore lint/suspicious/noThenProperty: given/when/then is what it reads as; nobody awaits it
          then: (...expected: readonly Event[]) => expect(decider.decide(command, state)).toEqual(expected),
          refusedAs(code: string) {
            let refusal: unknown;
            try {
              decider.decide(command, state);
            } catch (error) {
              refusal = error;
            }
            expect(isOdstError(refusal) ? refusal.code : refusal).toBe(code);
          },
        }),
        state,
      };
    },
  };
}
