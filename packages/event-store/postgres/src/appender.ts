import { type Append, type AppendResult, versionConflict } from '@odst/event-store';
import { type Clock, OdstError } from '@odst/kernel';
import { inTransaction, isConnectionLoss, type PostgresTransaction, translateDatabaseError } from '@odst/postgres';
import type { Pool } from 'pg';
import { type AppendOutcome, type PlainAppend, recordedEvents } from './append-batch.ts';
import { createAppendLane } from './append-lane.ts';

/** What the appender is made of. */
export type AppenderDeps = {
  readonly pool: Pool;
  /** Gives `recordedAt`. */
  readonly clock: Clock;
  /**
   * Decides and stores appends, each as a whole or not at all, in one statement; the outcomes come in their order.
   * @param transaction where they are stored, and end with it. Default one of their own that is committed
   */
  readonly place: (
    appends: readonly PlainAppend[],
    recordedAt: Date,
    transaction?: PostgresTransaction,
  ) => Promise<readonly AppendOutcome[]>;
  readonly findCommand: (commandId: string) => Promise<AppendResult | undefined>;
  /**
   * Runs after each commit or refusal and before the callers are answered. What it throws they get: their appends may
   * have taken place.
   * @param stored whether events were stored
   */
  readonly settle: (stored: boolean) => Promise<void> | void;
};

/** Runs appends, many in one transaction where that is possible. */
export interface Appender {
  /** As `append` of the event store's port. */
  append(append: Append<PostgresTransaction>): Promise<AppendResult>;
  /** Resolves when nothing is under way. */
  idle(): Promise<void>;
}

type Item = Append<PostgresTransaction>;

/** Builds the appender of a schema: group commit of one process, where appends with `alongside` get a transaction each. */
export function createAppender({ pool, clock, place, findCommand, settle }: AppenderDeps): Appender {
  const resultOf = (append: Item, outcome: AppendOutcome, recordedAt: Date): AppendResult | Promise<AppendResult> => {
    const { kind, version, position } = outcome;
    if (kind === 'conflict') throw versionConflict(append, version);
    if (kind === 'repeated') return firstResultOf(append.metadata.commandId);
    const events = recordedEvents(append, outcome, recordedAt);
    return { version, position, events, result: append.result ?? null, repeated: false };
  };
  const firstResultOf = async (commandId: string): Promise<AppendResult> => {
    const first = await findCommand(commandId);
    if (first === undefined) throw new OdstError('COMMON_INTERNAL', `command ${commandId} was there and is gone`);
    return first;
  };

  const runOne = async (append: Item): Promise<AppendResult> => {
    if (append.alongside !== undefined) return runWithAlongside(append);
    const recordedAt = clock.now();
    let outcomes: readonly AppendOutcome[];
    try {
      outcomes = await place([append], recordedAt);
    } catch (error) {
      throw translateDatabaseError(error);
    }
    const outcome = outcomeAt(outcomes, 0);
    await settle(storedEvents(append, outcome));
    return resultOf(append, outcome, recordedAt);
  };

  const runTogether = async (appends: readonly Item[]): Promise<readonly PromiseSettledResult<AppendResult>[]> => {
    const recordedAt = clock.now();
    let outcomes: readonly AppendOutcome[];
    try {
      outcomes = await place(appends, recordedAt);
    } catch (error) {
      // The batch was rolled back for the fault of one of them, which the others shall not share.
      if (!isConnectionLoss(error)) return runOneByOne(appends);
      throw translateDatabaseError(error);
    }
    await settle(appends.some((append, index) => storedEvents(append, outcomes[index])));
    return Promise.allSettled(appends.map(async (append, index) => resultOf(append, outcomeAt(outcomes, index), recordedAt)));
  };

  const runOneByOne = async (appends: readonly Item[]): Promise<readonly PromiseSettledResult<AppendResult>[]> => {
    const settled: PromiseSettledResult<AppendResult>[] = [];
    for (const append of appends) settled.push(...(await Promise.allSettled([runOne(append)])));
    return settled;
  };

  const runWithAlongside = async (append: Item): Promise<AppendResult> => {
    const recordedAt = clock.now();
    const outcome = await inTransaction(pool, async (transaction) => {
      const placed = await place([append], recordedAt, transaction).catch((error: unknown) => {
        throw translateDatabaseError(error);
      });
      const value = outcomeAt(placed, 0);
      // What the caller's own writes throw is the caller's to read. Nothing is stored of an append that is not to be.
      if (value.kind === 'appended') await append.alongside?.(transaction);
      return value;
    });
    await settle(storedEvents(append, outcome));
    return resultOf(append, outcome, recordedAt);
  };

  const lane = createAppendLane<Item, AppendResult>({
    isAlone: (append) => append.alongside !== undefined,
    eventCount: (append) => append.events.length,
    runOne,
    runTogether,
  });
  return { append: (append) => lane.run(append), idle: () => lane.idle() };
}

function outcomeAt(outcomes: readonly AppendOutcome[], index: number): AppendOutcome {
  const outcome = outcomes[index];
  if (outcome === undefined) throw new Error(`no outcome for append ${index}`);
  return outcome;
}

function storedEvents(append: Item, outcome: AppendOutcome | undefined): boolean {
  return outcome?.kind === 'appended' && append.events.length > 0;
}
