import type { MemoryTransaction } from '@odst/event-store';
import type { BusMessage } from '../event-bus.ts';
import type { Inbox } from '../inbox.ts';

/** Builds an inbox that lives as long as the process. */
export function createMemoryInbox(): Inbox<MemoryTransaction> {
  const positions = new Map<string, bigint>();
  const busy = new Map<string, Promise<unknown>>();
  const laneOf = (consumer: string, { topic, key }: BusMessage): string => [consumer, topic, key].join('\n');
  const isDone = (lane: string, { position }: BusMessage): boolean => (positions.get(lane) ?? 0n) >= position;
  const markDone = (lane: string, message: BusMessage): void => {
    if (!isDone(lane, message)) positions.set(lane, message.position);
  };

  const onceAlone = async (
    lane: string,
    message: BusMessage,
    effect: (transaction: MemoryTransaction) => Promise<void>,
  ): Promise<boolean> => {
    if (isDone(lane, message)) return false;
    const writes: (() => void)[] = [];
    await effect({ afterCommit: (apply) => void writes.push(apply) });
    markDone(lane, message);
    for (const apply of writes) apply();
    return true;
  };

  return {
    once(consumer, message, effect) {
      const lane = laneOf(consumer, message);
      const result = (busy.get(lane) ?? Promise.resolve()).then(() => onceAlone(lane, message, effect));
      busy.set(
        lane,
        result.catch(() => undefined),
      );
      return result;
    },
    isDone: async (consumer, message) => isDone(laneOf(consumer, message), message),
    markDone: async (consumer, message) => markDone(laneOf(consumer, message), message),
  };
}
