import { type BackoffLimits, createBackoff, createKeyedLock, pause, type Timers } from '@odst/async';
import { type Decider, isOdstError, type OdstError } from '@odst/kernel';
import type { EventMetadata, Json, RecordedEvent } from './event.ts';
import type { DomainEvent, EventCodec } from './event-codec.ts';
import type { AppendResult, EventStore } from './event-store.ts';

/** Tries of a command whose stream others write to at the same time, before the conflict is given to the caller. */
const maxTries = 10;

/** Pauses between tries: about two seconds for all of them, less than any caller waits. */
const pauses: BackoffLimits = { firstMs: 10, mostMs: 500 };

/** One run of a command against one stream. */
export type CommandRun<State, Command, Transaction> = {
  readonly stream: string;
  /**
   * Makes the command from the stream's state and version; what a command takes besides (numbers, signatures, answers of
   * other services) may be asked for here. It is made anew from the new state when somebody else wrote to the stream
   * meanwhile. What it throws is a refusal, like one of `decide`. `undefined`: there is nothing to do; nothing is stored
   * then, not even that the command was run.
   */
  readonly command: (state: State, version: number) => Command | undefined | Promise<Command | undefined>;
  readonly metadata: EventMetadata;
  /** Version that the caller saw; a stream at another one is a conflict, which is not tried again. Default: any. */
  readonly expectedVersion?: number;
  /** The result that is recorded under the command id, from the state after the command. Default null. */
  readonly result?: (state: State) => Json;
  /** Writes in the append's transaction, with the state after the command. */
  readonly alongside?: (transaction: Transaction, state: State) => Promise<void>;
};

/** A stream folded from its events. */
export type StreamState<State> = {
  readonly state: State;
  /** Version of the stream with that state; 0 without events. */
  readonly version: number;
  /** When the stream's first event was recorded; undefined without events. */
  readonly createdAt: Date | undefined;
  /** When its last event was recorded; undefined without events. */
  readonly changedAt: Date | undefined;
};

/** What a command led to, and the stream after it. Of a repeated command: what it led to the first time, and the stream as it is now. */
export type CommandOutcome<State> = StreamState<State> & Pick<AppendResult, 'events' | 'result' | 'repeated'>;

/** How a command waits between its tries; passed in so that tests decide it. */
export type CommandHandlerOptions = {
  /** 0 ≤ number < 1 for each pause. Default `Math.random` */
  readonly random?: () => number;
  /** Default those of the process */
  readonly timers?: Timers;
};

/**
 * Runs commands on the streams of one kind of aggregate: loads a stream, decides, appends. Safe for concurrent use: commands that
 * others of this process came before try again one after the other, so that any number of them succeed.
 */
export interface CommandHandler<State, Command, Transaction = unknown> {
  /**
   * Runs the command. A repeated command id returns the first result and stores nothing, also where the command would be
   * refused now.
   * @throws OdstError whatever `command` or `decide` refuse with
   * @throws OdstError COMMON_COMMAND_CONFLICT when the stream is not at `expectedVersion`, or at the tenth time, after some
   *   two seconds, that others wrote first
   */
  run(run: CommandRun<State, Command, Transaction>): Promise<CommandOutcome<State>>;
  /** State and version of a stream, to answer questions: who writes takes them from {@link CommandRun.command}. */
  load(stream: string): Promise<StreamState<State>>;
}

/** Builds the handler of one kind of aggregate. */
export function createCommandHandler<State, Command, Event extends DomainEvent, Transaction = unknown>(
  store: EventStore<Transaction>,
  decider: Decider<State, Command, Event>,
  codec: EventCodec<Event>,
  { random, timers }: CommandHandlerOptions = {},
): CommandHandler<State, Command, Transaction> {
  type Run = CommandRun<State, Command, Transaction>;
  const turns = createKeyedLock();

  const fold = (state: State, recorded: readonly RecordedEvent[]): State =>
    recorded.reduce((folded, event) => (codec.knows(event.type) ? decider.evolve(folded, codec.decode(event)) : folded), state);

  const load = async (stream: string): Promise<StreamState<State>> => {
    const recorded = await store.readStream(stream);
    const state = fold(decider.initialState(), recorded);
    const [first, last] = [recorded[0], recorded.at(-1)];
    return { state, version: last?.version ?? 0, createdAt: first?.recordedAt, changedAt: last?.recordedAt };
  };

  const decide = async ({ command }: Run, { state, version }: StreamState<State>): Promise<readonly Event[] | undefined> => {
    const made = await command(state, version);
    return made === undefined ? undefined : decider.decide(made, state);
  };

  /** What the command id gave the first time, with the stream of now; `otherwise` where the command is new. */
  const firstOutcome = async (run: Run, otherwise: () => CommandOutcome<State>): Promise<CommandOutcome<State>> => {
    const first = await store.findCommand(run.metadata.commandId);
    if (first === undefined) return otherwise();
    return { ...(await load(run.stream)), events: first.events, result: first.result, repeated: true };
  };

  const append = async (run: Run, before: StreamState<State>, decided: readonly Event[]): Promise<CommandOutcome<State>> => {
    const state = decided.reduce((folded, event) => decider.evolve(folded, event), before.state);
    const { alongside } = run;
    const { version, events, result, repeated } = await store.append({
      stream: run.stream,
      expectedVersion: run.expectedVersion ?? before.version,
      events: decided.map((event) => codec.encode(event)),
      metadata: run.metadata,
      result: run.result?.(state) ?? null,
      ...(alongside === undefined ? {} : { alongside: (transaction: Transaction) => alongside(transaction, state) }),
    });
    if (repeated) return { ...(await load(run.stream)), events, result, repeated };
    const createdAt = before.createdAt ?? events[0]?.recordedAt;
    const changedAt = events.at(-1)?.recordedAt ?? before.changedAt;
    return { state, version, createdAt, changedAt, events, result, repeated };
  };

  /** One try. @returns the conflict when others wrote first */
  const tryOnce = async (run: Run): Promise<CommandOutcome<State> | OdstError> => {
    const before = await load(run.stream);
    let decided: readonly Event[] | undefined;
    try {
      decided = await decide(run, before);
    } catch (refusal) {
      // A repeated command meets the state that it made itself: its first answer counts, not this refusal.
      return firstOutcome(run, () => {
        throw refusal;
      });
    }
    if (decided === undefined) return firstOutcome(run, () => ({ ...before, events: [], result: null, repeated: false }));
    try {
      return await append(run, before, decided);
    } catch (error) {
      const stale = run.expectedVersion === undefined && isOdstError(error, 'COMMON_COMMAND_CONFLICT');
      if (!stale) throw error;
      return error;
    }
  };

  const tryAgain = async (run: Run): Promise<CommandOutcome<State>> => {
    const backoff = createBackoff({ ...pauses, ...(random && { random }) });
    for (;;) {
      const outcome = await tryOnce(run);
      if (!isOdstError(outcome)) return outcome;
      const pauseMs = backoff.nextMs();
      // The first try, which waits for no turn, counts too.
      if (backoff.failures === maxTries - 1) throw outcome;
      await pause(pauseMs, undefined, timers);
    }
  };

  return {
    load,
    async run(run) {
      const outcome = await tryOnce(run);
      return isOdstError(outcome) ? turns.run(run.stream, () => tryAgain(run)) : outcome;
    },
  };
}
