import { OdstError } from '@odst/kernel';
import { createSilentLogger, type Logger } from '@odst/telemetry';
import type { Delivery } from '../delivery/delivery.ts';
import { firstUndone } from '../delivery/progress.ts';
import { startDelivery } from '../delivery/start-delivery.ts';
import type { EventBus, Producer, Subscription } from '../event-bus.ts';
import { topicOf } from '../topic-of.ts';
import { createMemoryTopic, type GroupInTopic, type MemoryTopic } from './memory-topic.ts';

/** What the memory bus is made of. */
export type MemoryEventBusOptions = {
  /** Told of handlers that fail. Default nobody. */
  readonly logger?: Logger;
};

type Member = { readonly subscription: Subscription; delivery: Delivery | undefined };

/** Builds an event bus that lives as long as the process: the fake of tests and of the simulation. */
export function createMemoryEventBus({ logger = createSilentLogger() }: MemoryEventBusOptions = {}): EventBus {
  const topics = new Map<string, MemoryTopic>();
  const members = new Map<GroupInTopic, Member[]>();

  const topicNamed = (name: string): MemoryTopic => {
    const topic = topics.get(name) ?? createMemoryTopic();
    topics.set(name, topic);
    return topic;
  };
  const deliverTo = (member: Member | undefined, log: GroupInTopic): void => {
    if (member === undefined) return;
    const { handler, concurrency } = member.subscription;
    member.delivery = startDelivery({ log, start: log.progress(), handler, concurrency, logger });
  };
  const join = (name: string, subscription: Subscription): AsyncDisposable => {
    const log = topicNamed(name).group(subscription.group, subscription.from ?? 'earliest');
    const others = members.get(log) ?? [];
    const member: Member = { subscription, delivery: undefined };
    members.set(log, others);
    others.push(member);
    if (others[0] === member) deliverTo(member, log);
    return {
      async [Symbol.asyncDispose]() {
        await member.delivery?.[Symbol.asyncDispose]();
        const wasActive = others[0] === member;
        const index = others.indexOf(member);
        if (index !== -1) others.splice(index, 1);
        if (wasActive) deliverTo(others[0], log);
      },
    };
  };

  return {
    topicOf,
    async publish({ service, fence }: Producer, messages) {
      const name = topicOf(service);
      const stray = messages.find(({ topic }) => topic !== name);
      if (stray !== undefined) throw new OdstError('COMMON_INTERNAL', `${stray.topic} is not the topic of ${service}`);
      topicNamed(name).publish(fence, messages);
      for (const [log, [active]] of members) if (log.topic === topics.get(name)) active?.delivery?.wake();
    },
    lastPublished: async (service) => topicNamed(topicOf(service)).last(),
    foreignTopic: (service) =>
      new OdstError('COMMON_SETTING_INVALID', `the bus in memory has events of ${service} that its store does not have`),
    async oldestUndone({ group, topics: names, from = 'earliest' }) {
      const oldest = new Map<string, Date>();
      for (const name of names) {
        const log = topicNamed(name).group(group, from);
        const [message] = await log.readAt([firstUndone(log.progress())]);
        if (message !== undefined) oldest.set(name, new Date(message.event.time));
      }
      return oldest;
    },
    async subscribe(subscription) {
      const joined = subscription.topics.map((topic) => join(topic, subscription));
      return {
        async [Symbol.asyncDispose]() {
          await Promise.all(joined.map((membership) => membership[Symbol.asyncDispose]()));
        },
      };
    },
  };
}
