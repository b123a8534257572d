import type { Subscription } from '@odst/event-bus';
import type { Listener, Queryable } from '@odst/postgres';
import type { Logger } from '@odst/telemetry';
import type { Pool } from 'pg';
import type { ConsumerTable } from './consumer-table.ts';
import { type LockSession, startLockSession } from './lock-session.ts';
import type { MessageTable } from './message-table.ts';
import { createSeat, type Seat } from './seat.ts';

/** How long a place stays free at most whose process died, or lost its connection. Nobody tells of that. */
const standbyMs = 2_000;

/** The subscriptions of one bus, over one connection that lives while there are any. */
export interface Seats extends AsyncDisposable {
  subscribe(subscription: Subscription): AsyncDisposable;
  /** Says that the topic has more messages; without one, that any may have. */
  wake(topic?: string): void;
  /** Says that another process left a place. */
  freed(): void;
}

/** Builds a bus' subscriptions. */
export function createSeats(deps: {
  readonly pool: Pool;
  readonly channel: string;
  readonly messages: MessageTable;
  readonly consumers: ConsumerTable;
  readonly listener: Listener;
  /** While there are subscriptions. */
  readonly onNotification: (payload: string | undefined) => void;
  /** This process left a place. */
  readonly onFree: () => void;
  /** Milliseconds between two looks for messages that nobody told of. */
  readonly lookEveryMs: number;
  readonly logger: Logger;
}): Seats {
  const { pool, channel, messages, consumers, listener, lookEveryMs, logger } = deps;
  const seats = new Map<string, Seat>();
  const leaving = new Set<() => Promise<void>>();
  let session: LockSession | undefined;
  let listening: Disposable | undefined;

  const wake = (topic?: string): void => {
    for (const seat of seats.values()) if (topic === undefined || seat.at.topic === topic) seat.wake();
  };
  const onTick = async (connection: Queryable): Promise<number> => {
    let allBegun = true;
    for (const seat of seats.values()) allBegun = (await seat.tryBegin(connection)) && allBegun;
    const topics = new Set([...seats.values()].map(({ at }) => at.topic));
    const last = await messages.lastPositions(connection, [...topics]);
    for (const seat of seats.values()) seat.wake(last.get(seat.at.topic) ?? 0n);
    return allBegun ? lookEveryMs : Math.min(standbyMs, lookEveryMs);
  };
  const onLost = (): void => {
    for (const seat of seats.values()) seat.lost();
  };
  const onFree = (): void => {
    session?.ring();
    deps.onFree();
  };
  const seatAt = (group: string, topic: string): Seat => {
    const name = [group, topic].join('\n');
    const seat = seats.get(name) ?? createSeat({ at: { group, topic }, messages, consumers, logger, onFree });
    seats.set(name, seat);
    return seat;
  };
  const endUnused = async (): Promise<void> => {
    if (leaving.size > 0 || session === undefined) return;
    const unused = session;
    session = undefined;
    listening?.[Symbol.dispose]();
    listening = undefined;
    await unused[Symbol.asyncDispose]();
  };

  return {
    wake,
    freed: () => session?.ring(),
    subscribe(subscription) {
      const members = subscription.topics.map((topic) => seatAt(subscription.group, topic).join(subscription));
      const leave = async (): Promise<void> => {
        await Promise.all(members.map((member) => member.leave()));
        leaving.delete(leave);
        await endUnused();
      };
      leaving.add(leave);
      session ??= startLockSession({ pool, logger, onTick, onLost });
      listening ??= listener.listen(channel, deps.onNotification);
      session.ring();
      return { [Symbol.asyncDispose]: leave };
    },
    async [Symbol.asyncDispose]() {
      await Promise.all([...leaving].map((leave) => leave()));
    },
  };
}
