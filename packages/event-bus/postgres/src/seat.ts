import { type Delivery, type GroupInTopic, type Progress, type Subscription, startDelivery } from '@odst/event-bus';
import type { Queryable } from '@odst/postgres';
import type { Logger } from '@odst/telemetry';
import type { ConsumerTable } from './consumer-table.ts';
import type { MessageTable } from './message-table.ts';

/**
 * The place of one bus in a group and a topic. Whoever of all processes holds the place's advisory lock delivers; it
 * lets go of it when its connection ends, also at `kill -9`, so nobody waits for a lease to run out. Progress is written
 * over the connection that holds the lock: who lost it cannot write, which is the fence.
 */
export interface Seat {
  readonly at: GroupInTopic;
  /** Adds a member of this process; the first one is delivered to. */
  join(subscription: Subscription): SeatMember;
  /**
   * Takes the lock and begins to deliver, when there is somebody to deliver to and the lock is free.
   * @returns false when there is somebody, and another process delivers or the messages are not here yet
   */
  tryBegin(connection: Queryable): Promise<boolean>;
  /** Says that the topic has messages up to here. */
  wake(position?: bigint): void;
  /** The connection is over. */
  lost(): void;
}

/** Leaves the seat: waits for the messages under way, stores the progress and lets go of the lock. */
export type SeatMember = { leave(): Promise<void> };

type Active = { readonly member: Subscription; readonly delivery: Delivery; readonly connection: Queryable };

/** Builds a seat. @param deps.onFree called when somebody else may begin */
export function createSeat(deps: {
  readonly at: GroupInTopic;
  readonly messages: MessageTable;
  readonly consumers: ConsumerTable;
  readonly logger: Logger;
  readonly onFree: () => void;
}): Seat {
  const { at, messages, consumers, onFree } = deps;
  const logger = deps.logger.child(at);
  const members = new Set<Subscription>();
  let active: Active | undefined;
  let ending: Promise<void> | undefined;

  const endDelivery = async (
    { delivery, connection }: Active,
    release: (connection: Queryable) => Promise<void>,
  ): Promise<void> => {
    try {
      await delivery[Symbol.asyncDispose]();
      await release(connection);
    } catch (error) {
      logger.warn({ err: error }, 'a lock of the event bus could not be let go of; it ends with its connection');
    } finally {
      ending = undefined;
      onFree();
    }
  };
  const end = (release: (connection: Queryable) => Promise<void>): void => {
    if (active === undefined) return;
    ending = endDelivery(active, release);
    active = undefined;
  };

  /** Whether the messages up to a position are here: for a group that was served by another bus they may not be yet. */
  const reaches = async (connection: Queryable, position = 0n): Promise<boolean> =>
    position === 0n || ((await messages.lastPositions(connection, [at.topic])).get(at.topic) ?? 0n) >= position;
  const begin = async (connection: Queryable): Promise<boolean> => {
    const start = (await consumers.progress(connection, at)) ?? { position: 0n, waiting: [] };
    const isPublished = await reaches(connection, start.waiting.at(-1));
    const [member] = members;
    // What the delivery does not know of, it would take for done.
    if (member === undefined || !isPublished) {
      await consumers.unlock(connection, at);
      return isPublished;
    }
    const log = {
      read: (after: bigint, limit: number) => messages.read(at.topic, after, limit),
      readAt: (positions: readonly bigint[]) => messages.readAt(at.topic, positions),
      save: (progress: Progress) => consumers.save(connection, at, progress),
    };
    const { handler, concurrency } = member;
    active = { member, connection, delivery: startDelivery({ log, start, handler, concurrency, logger }) };
    return true;
  };

  return {
    at,
    join(subscription) {
      const member = { ...subscription };
      members.add(member);
      return {
        async leave() {
          members.delete(member);
          if (active?.member === member) end((connection) => consumers.unlock(connection, at));
          await ending;
        },
      };
    },
    async tryBegin(connection) {
      if (active !== undefined || ending !== undefined || members.size === 0) return true;
      return (await consumers.tryLock(connection, at)) && (await begin(connection));
    },
    wake(position) {
      if (active !== undefined && (position === undefined || position > active.delivery.readTo)) active.delivery.wake();
    },
    lost: () => end(async () => undefined),
  };
}
