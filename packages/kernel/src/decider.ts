/**
 * The domain of one aggregate as three pure functions. Time, ids and digests enter in the command,
 * so `decide` needs no clock and no randomness.
 */
export interface Decider<State, Command, Event> {
  /** State of a stream without events. */
  initialState(): State;
  /**
   * The events that `command` causes in `state`; none when there is nothing to do.
   * @throws OdstError when the business refuses the command.
   */
  decide(command: Command, state: State): readonly Event[];
  /** State after `event`. Total: it accepts every event that `decide` ever made. */
  evolve(state: State, event: Event): State;
}
