import type { Subscription } from '@odst/event-bus';
import type { Queryable } from '@odst/postgres';
import type { Logger } from '@odst/telemetry';
import type { Pool } from 'pg';
import { type BusSession, startBusSession } from './bus-session.ts';
import type { ConsumerTable } from './consumer-table.ts';
import type { MessageTable } from './message-table.ts';
import { createSeat, type Seat } from './seat.ts';

/** The subscriptions of one bus, over one connection that lives while there are any. */
export interface Seats extends AsyncDisposable {
  subscribe(subscription: Subscription): AsyncDisposable;
  /** Says that the topic has more messages. */
  wake(topic: string): void;
}

/** Builds a bus' subscriptions. */
export function createSeats(deps: {
  readonly pool: Pool;
  readonly channel: string;
  readonly messages: MessageTable;
  readonly consumers: ConsumerTable;
  readonly onNotification: (payload: string) => void;
  readonly logger: Logger;
}): Seats {
  const { pool, channel, messages, consumers, onNotification, logger } = deps;
  const seats = new Map<string, Seat>();
  const leaving = new Set<() => Promise<void>>();
  let session: BusSession | undefined;

  const wake = (topic: string): void => {
    for (const seat of seats.values()) if (seat.at.topic === topic) seat.wake();
  };
  const onTick = async (connection: Queryable): Promise<void> => {
    for (const seat of seats.values()) await seat.tryBegin(connection);
    const topics = new Set([...seats.values()].map(({ at }) => at.topic));
    const last = await messages.lastPositions(connection, [...topics]);
    for (const seat of seats.values()) seat.wake(last.get(seat.at.topic) ?? 0n);
  };
  const onLost = (): void => {
    for (const seat of seats.values()) seat.lost();
  };
  const seatAt = (group: string, topic: string): Seat => {
    const name = [group, topic].join('\n');
    const seat =
      seats.get(name) ?? createSeat({ at: { group, topic }, messages, consumers, logger, onFree: () => session?.ring() });
    seats.set(name, seat);
    return seat;
  };
  const endUnused = async (): Promise<void> => {
    if (leaving.size > 0 || session === undefined) return;
    const unused = session;
    session = undefined;
    await unused[Symbol.asyncDispose]();
  };

  return {
    wake,
    subscribe(subscription) {
      const members = subscription.topics.map((topic) => seatAt(subscription.group, topic).join(subscription));
      const leave = async (): Promise<void> => {
        await Promise.all(members.map((member) => member.leave()));
        leaving.delete(leave);
        await endUnused();
      };
      leaving.add(leave);
      session ??= startBusSession({ pool, channel, logger, onTick, onNotification, onLost });
      session.ring();
      return { [Symbol.asyncDispose]: leave };
    },
    async [Symbol.asyncDispose]() {
      await Promise.all([...leaving].map((leave) => leave()));
    },
  };
}
