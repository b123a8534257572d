import { type Decider, isOdstError } from '@odst/kernel';
import type { EventMetadata, RecordedEvent } from './event.ts';
import type { DomainEvent, EventCodec } from './event-codec.ts';
import type { AppendResult, EventStore } from './event-store.ts';
import type { Json } from './json.ts';

/** Tries of a commuting command before its conflict is given to the caller. */
const maxTries = 10;

/** One run of a command against one stream. */
export type CommandRun<State, Command, Transaction> = {
  readonly stream: string;
  readonly command: Command;
  readonly metadata: EventMetadata;
  /**
   * Whether the command may be decided anew when somebody else wrote to the stream meanwhile: true only where the
   * outcome does not depend on what the caller saw. Default true, as commands carry what the caller saw.
   */
  readonly commutes?: boolean;
  /** Stream version that the caller saw (`If-Match`); a stream at another version is a conflict. */
  readonly expectedVersion?: number;
  /** The result that is recorded under the command id. Default null. */
  readonly result?: (state: State) => Json;
  /** Writes in the append's transaction. */
  readonly alongside?: (transaction: Transaction, state: State) => Promise<void>;
};

/** What a command led to. */
export type CommandOutcome<State> = AppendResult & {
  /** State of the stream after the command, folded from the store. */
  readonly state: State;
};

/** Loads a stream, decides, appends. */
export interface CommandHandler<State, Command, Transaction = unknown> {
  /**
   * Runs the command; a repeated command id returns the first result and stores nothing.
   * @throws OdstError whatever `decide` refuses with, or COMMON_COMMAND_CONFLICT
   */
  run(run: CommandRun<State, Command, Transaction>): Promise<CommandOutcome<State>>;
  /** State and version of a stream. */
  load(stream: string): Promise<{ readonly state: State; readonly version: number }>;
}

/** Builds the handler of one kind of aggregate. */
export function createCommandHandler<State, Command, Event extends DomainEvent, Transaction = unknown>(
  store: EventStore<Transaction>,
  decider: Decider<State, Command, Event>,
  codec: EventCodec<Event>,
): CommandHandler<State, Command, Transaction> {
  const fold = (state: State, recorded: readonly RecordedEvent[]): State =>
    recorded.reduce((folded, event) => (codec.knows(event.type) ? decider.evolve(folded, codec.decode(event)) : folded), state);

  const load = async (stream: string) => {
    const recorded = await store.readStream(stream);
    return { state: fold(decider.initialState(), recorded), version: recorded.at(-1)?.version ?? 0 };
  };

  const attempt = async (run: CommandRun<State, Command, Transaction>): Promise<CommandOutcome<State>> => {
    const { state, version } = await load(run.stream);
    let events: readonly Event[];
    try {
      events = decider.decide(run.command, state);
    } catch (refusal) {
      // A repeated command meets the state that it made itself: its first answer counts, not this refusal.
      const known = await store.findCommand(run.metadata.commandId);
      if (known !== undefined) return { ...known, state };
      throw refusal;
    }
    const after = events.reduce((folded, event) => decider.evolve(folded, event), state);
    const { alongside } = run;
    const appended = await store.append({
      stream: run.stream,
      expectedVersion: run.expectedVersion ?? version,
      events: events.map((event) => codec.encode(event)),
      metadata: run.metadata,
      result: run.result?.(after) ?? null,
      ...(alongside === undefined ? {} : { alongside: (transaction: Transaction) => alongside(transaction, after) }),
    });
    return appended.repeated ? { ...appended, state: (await load(run.stream)).state } : { ...appended, state: after };
  };

  return {
    load,
    async run(run) {
      for (let tries = 1; ; tries += 1) {
        try {
          return await attempt(run);
        } catch (error) {
          const again = (run.commutes ?? true) && run.expectedVersion === undefined && tries < maxTries;
          if (!again || !isOdstError(error, 'COMMON_COMMAND_CONFLICT')) throw error;
        }
      }
    },
  };
}
