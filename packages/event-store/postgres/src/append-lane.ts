import { setImmediate as nextTurn } from 'node:timers/promises';

/** Most appends that share a transaction. */
const maxAppends = 256;
/** Most events that share a transaction; a single append may have more. */
const maxEvents = 1000;

/** What the lane runs: one at a time, or many together. */
export type LaneWork<Item, Result> = {
  /** Whether an item needs a transaction of its own. */
  isAlone(item: Item): boolean;
  eventCount(item: Item): number;
  /** Runs an item that needs a transaction of its own, or has one because no other waits. */
  runOne(item: Item): Promise<Result>;
  /** Settles each item by itself; rejects only where the outcome of all is the same failure. */
  runTogether(items: readonly Item[]): Promise<readonly PromiseSettledResult<Result>[]>;
};

type Waiting<Item, Result> = {
  readonly item: Item;
  readonly resolve: (result: Result) => void;
  readonly reject: (error: unknown) => void;
};

/** Items in order of arrival, one transaction at a time. */
export interface AppendLane<Item, Result> {
  run(item: Item): Promise<Result>;
  /** Resolves when nothing is under way. */
  idle(): Promise<void>;
}

/**
 * Builds the group commit of one process: while a transaction is in flight, the next one gathers. As appends of a
 * service exclude each other in the database anyway, a second connection would only wait there.
 */
export function createAppendLane<Item, Result>(work: LaneWork<Item, Result>): AppendLane<Item, Result> {
  let waiting: Waiting<Item, Result>[] = [];
  let draining: Promise<void> | undefined;

  const take = (): readonly Waiting<Item, Result>[] => {
    const [first] = waiting;
    if (first === undefined) return [];
    const standsAlone = work.isAlone(first.item);
    let events = 0;
    const end = waiting.findIndex(({ item }, index) => {
      events += work.eventCount(item);
      return index > 0 && (standsAlone || work.isAlone(item) || index === maxAppends || events > maxEvents);
    });
    const taken = waiting.slice(0, end === -1 ? waiting.length : end);
    waiting = waiting.slice(taken.length);
    return taken;
  };

  const settleTogether = async (taken: readonly Waiting<Item, Result>[]): Promise<void> => {
    try {
      const settled = await work.runTogether(taken.map(({ item }) => item));
      taken.forEach((waiter, index) => {
        const outcome = settled[index];
        if (outcome?.status === 'fulfilled') waiter.resolve(outcome.value);
        else waiter.reject(outcome?.reason);
      });
    } catch (error) {
      for (const waiter of taken) waiter.reject(error);
    }
  };

  const drain = async (): Promise<void> => {
    for (let taken = take(); taken[0] !== undefined; taken = take()) {
      const [first] = taken;
      if (taken.length === 1) await work.runOne(first.item).then(first.resolve, first.reject);
      else await settleTogether(taken);
      // Those just answered often append again at once: let them join those who wait already.
      if (taken.length > 1 || waiting.length > 0) await nextTurn();
    }
    draining = undefined;
  };

  return {
    run: (item) =>
      new Promise((resolve, reject) => {
        waiting.push({ item, resolve, reject });
        draining ??= drain();
      }),
    idle: async () => {
      while (draining !== undefined) await draining;
    },
  };
}
