import type { Progress } from '../delivery/progress.ts';
import type { TopicLog } from '../delivery/topic-log.ts';
import type { BusMessage, LastPublished, Subscription } from '../event-bus.ts';
import { newMessages } from '../publication.ts';

/** A group's view of a topic, with its progress. */
export interface GroupInTopic extends TopicLog {
  readonly topic: MemoryTopic;
  progress(): Progress;
}

/** The messages of one service. */
export interface MemoryTopic {
  publish(fence: bigint, messages: readonly BusMessage[]): void;
  last(): LastPublished;
  /** The group of this name, made when it is new. */
  group(name: string, from: NonNullable<Subscription['from']>): GroupInTopic;
}

/** Builds an empty topic. */
export function createMemoryTopic(): MemoryTopic {
  const log: BusMessage[] = [];
  const groups = new Map<string, GroupInTopic>();
  let highestFence = 0n;
  const position = (): bigint => BigInt(log.length);

  const createGroup = (start: bigint): GroupInTopic => {
    let progress: Progress = { position: start, waiting: [] };
    return {
      topic,
      progress: () => progress,
      read: async (after, limit) => log.slice(Number(after), Number(after) + limit),
      readAt: async (positions) => log.filter(({ position }) => positions.includes(position)),
      save: async (saved) => {
        progress = saved;
      },
    };
  };

  const topic: MemoryTopic = {
    publish(fence, messages) {
      const fresh = newMessages({ fence, messages }, { fence: highestFence, position: position() });
      highestFence = fence;
      log.push(...fresh.map((message) => ({ ...message, event: frozenCopy(message.event) })));
    },
    last: () => ({ position: position(), eventId: log.at(-1)?.event.id }),
    group(name, from) {
      const group = groups.get(name) ?? createGroup(from === 'latest' ? position() : 0n);
      groups.set(name, group);
      return group;
    },
  };
  return topic;
}

/** What a consumer of another process would get: a copy, which here nobody may change. */
function frozenCopy<T>(value: T): T {
  return JSON.parse(JSON.stringify(value), (_key, part: unknown) => Object.freeze(part)) as T;
}
