import type { Decider, ErrorCode } from '@odst/kernel';
import { isOdstError } from '@odst/kernel';
import { expect } from 'vitest';

/** What is to follow from a command. */
export interface WhenCommand<State, Event> {
  /** The command causes exactly these events. */
  then(events: readonly Event[]): void;
  /** The command is refused with this code, and with these details where they are given. */
  thenRefused(code: ErrorCode, details?: Readonly<Record<string, unknown>>): void;
  /** The state after the command's events passes the check. */
  thenState(check: (state: State) => void): void;
}

/** A stream with a history. */
export interface GivenEvents<State, Command, Event> {
  when(command: Command): WhenCommand<State, Event>;
  /** The folded history passes the check. */
  thenState(check: (state: State) => void): void;
}

/** Begins a test with the events of a stream. */
export type DeciderSpec<State, Command, Event> = (events: readonly Event[]) => GivenEvents<State, Command, Event>;

/**
 * The language of domain tests: `const given = givenDecider(decider)`, then
 * `given([uploaded]).when(upload).then([published])` or `.thenRefused('CATALOG_PACKAGE_EXISTS')`.
 * The history stays as it was: a decider that changes an event or the state it was given fails.
 */
export function givenDecider<State, Command, Event>(decider: Decider<State, Command, Event>): DeciderSpec<State, Command, Event> {
  const fold = (state: State, events: readonly Event[]): State =>
    events.reduce((folded, event) => decider.evolve(folded, event), state);

  return (history) => {
    const stateOf = (): State => fold(decider.initialState(), history);
    return {
      thenState: (check) => check(stateOf()),
      when: (command) => ({
        // biome-ignore lint/suspicious/noThenProperty: given, when, then are the words of such tests; nobody awaits this object
        then: (events) => {
          const state = stateOf();
          const decided = decider.decide(command, state);
          expect(decided).toEqual(events);
          expect(state, 'decide must leave the state alone').toEqual(stateOf());
        },
        thenRefused: (code, details) => {
          let decided: readonly Event[];
          try {
            decided = decider.decide(command, stateOf());
          } catch (error) {
            if (!isOdstError(error)) throw error;
            expect(error.code).toBe(code);
            if (details !== undefined) expect(error.details).toMatchObject(details);
            return;
          }
          expect.fail(`expected the refusal ${code}, but the command caused ${JSON.stringify(decided)}`);
        },
        thenState: (check) => {
          const state = stateOf();
          check(fold(state, decider.decide(command, state)));
        },
      }),
    };
  };
}
