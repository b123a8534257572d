import { systemTimers } from '@odst/async';
import type { Logger } from '@odst/telemetry';
import type { Incoming } from './incoming.ts';
import type { PartitionEnd } from './topic-reader.ts';

/** How long a position may be missing before it is looked for in the topic: in a topic without a fault, and in one with. */
const missingForMs = 1_000;
const missingAgainForMs = 10;

/** Watches over positions that later ones have overtaken. */
export interface MissingMessages {
  /** Looks soon, if a position is missing. */
  check(): void;
  stop(): void;
}

/**
 * Builds the watch. A topic has no gap, but an operator may have deleted records or moved the group's offsets: then a group
 * would wait for ever for what does not come. It goes on when the position is proven to be in no partition.
 */
export function createMissingMessages(deps: {
  readonly incoming: Incoming;
  readonly readEnds: () => Promise<ReadonlyMap<number, PartitionEnd>>;
  readonly logger: Logger;
  /** A position was given up. */
  readonly onGivenUp: () => void;
}): MissingMessages {
  const { incoming, logger } = deps;
  let stopped = false;
  let timer: Disposable | undefined;
  let waitMs = missingForMs;

  const look = async (position: bigint): Promise<void> => {
    waitMs = missingForMs;
    try {
      if (
        incoming.missing() === position &&
        isGone(position, incoming, await deps.readEnds()) &&
        incoming.missing() === position
      ) {
        logger.error({ position }, 'a message is no longer in its topic; going on without it');
        incoming.giveUpMissing();
        waitMs = missingAgainForMs;
        deps.onGivenUp();
      }
    } catch (error) {
      logger.warn({ err: error, position }, 'a missing message could not be looked for; trying again');
    }
  };
  const check = (): void => {
    const position = incoming.missing();
    if (position === undefined || timer !== undefined || stopped) return;
    timer = systemTimers.after(waitMs, async () => {
      await look(position);
      timer = undefined;
      check();
    });
  };
  return {
    check,
    stop() {
      stopped = true;
      timer?.[Symbol.dispose]();
    },
  };
}

/**
 * Whether a position is proven to be in no partition: a later one is in the topic, which may be new and yet to be filled up to
 * it, and each partition has given a later position, or ends before it and has no transaction open. The positions of a
 * partition ascend, so its last record tells, also where nothing of it was fetched yet.
 */
export function isGone(position: bigint, incoming: Pick<Incoming, 'seen'>, ends: ReadonlyMap<number, PartitionEnd>): boolean {
  const isOvertaken = ends.values().some(({ last }) => last !== undefined && last.position > position);
  return (
    isOvertaken &&
    [...ends].every(([partition, { last, settled }]) => {
      return incoming.seen(partition) > position || (settled && (last?.position ?? 0n) < position);
    })
  );
}
