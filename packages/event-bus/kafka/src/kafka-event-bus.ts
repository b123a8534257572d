import type { EventBus, Progress, Subscription } from '@odst/event-bus';
import { OdstError } from '@odst/kernel';
import type { Logger } from '@odst/telemetry';
import { type Brokers, createBrokers } from './brokers.ts';
import type { KafkaConnection } from './connection.ts';
import { startMember } from './member.ts';
import { createPublisher, type Publisher } from './publisher.ts';
import type { PartitionEnd } from './topic-reader.ts';
import { settledTail, tailOf } from './topic-tail.ts';
import { createTopics, type TopicShape } from './topics.ts';
import { openTransactionalProducer } from './transactional-producer.ts';

/** What the bus is made of. */
export type KafkaEventBusOptions = {
  readonly connection: KafkaConnection;
  /** First part of the names of topics and groups. Default `odst`. */
  readonly topicPrefix?: string;
  /** ISS ID of this server, part of the groups' names. Until it resolves nothing is delivered; it must not reject. */
  readonly iss: Promise<string>;
  /** Shape of the topics that are made. Default 6 partitions, the brokers' number of copies. */
  readonly topics?: Partial<TopicShape>;
  /** Names the connections in the brokers' logs. Default `odst`. */
  readonly clientId?: string;
  readonly logger: Logger;
};

/** The event bus of servers with Kafka. Disposing ends all subscriptions as disposing each would. */
export interface KafkaEventBus extends EventBus, AsyncDisposable {}

/** Of a topic that is made when none is asked for. */
const defaultPartitions = 6;

/** Builds a bus over Kafka 3.7 or newer; safe with many, in one process or several. Connections are made when they are needed. */
export function createKafkaEventBus(options: KafkaEventBusOptions): KafkaEventBus {
  const { topicPrefix = 'odst', iss, logger } = options;
  const brokers = createBrokers(options.connection, options.clientId ?? 'odst', logger);
  const requireTopic = createTopics(brokers.admin, { partitions: defaultPartitions, ...options.topics }, logger);
  const readEnds = (topic: string) => brokers.reader.use((reader) => reader.ends(topic));
  const topicOf = (service: string): string => `${topicPrefix}.${service}.v1`;
  const publishers = createPublishers(brokers, readEnds);
  const members = new Set<AsyncDisposable>();

  const freshStart = async (topic: string, from: Subscription['from']): Promise<Progress> => {
    await requireTopic(topic);
    return { position: from === 'latest' ? (await settledTail(() => readEnds(topic))).position : 0n, waiting: [] };
  };

  return {
    topicOf,
    async publish({ service, fence }, messages) {
      const topic = topicOf(service);
      const stray = messages.find((message) => message.topic !== topic);
      if (stray !== undefined) throw new OdstError('COMMON_INTERNAL', `${stray.topic} is not the topic of ${service}`);
      if (messages.length === 0) return;
      await requireTopic(topic);
      await publishers.to(topic).publish(fence, messages);
    },
    async lastPublished(service) {
      const topic = topicOf(service);
      await requireTopic(topic);
      return (await settledTail(() => readEnds(topic))).position;
    },
    async subscribe(subscription) {
      const { topics, group, from } = subscription;
      const fresh = new Map<string, Progress>();
      for (const topic of topics) fresh.set(topic, await freshStart(topic, from));
      const groupId = iss.then((server) => `${topicPrefix}.${server}.${group}`);
      const member = startMember({ subscription, groupId, brokers, fresh, logger: logger.child({ group }) });
      members.add(member);
      return {
        async [Symbol.asyncDispose]() {
          await member[Symbol.asyncDispose]();
          members.delete(member);
        },
      };
    },
    async [Symbol.asyncDispose]() {
      await Promise.all([...members].map((member) => member[Symbol.asyncDispose]()));
      await publishers[Symbol.asyncDispose]();
      await brokers[Symbol.asyncDispose]();
    },
  };
}

/** A publisher for each topic that is published to. */
function createPublishers(
  brokers: Brokers,
  readEnds: (topic: string) => Promise<ReadonlyMap<number, PartitionEnd>>,
): AsyncDisposable & { to(topic: string): Publisher } {
  const publishers = new Map<string, Publisher>();
  const newPublisher = (topic: string): Publisher =>
    createPublisher({
      topic,
      openProducer: () => openTransactionalProducer(brokers.newClient(), topic),
      readTail: async () => tailOf((await readEnds(topic)).values()),
      readSettledTail: () => settledTail(() => readEnds(topic)),
    });
  return {
    to(topic) {
      const publisher = publishers.get(topic) ?? newPublisher(topic);
      publishers.set(topic, publisher);
      return publisher;
    },
    async [Symbol.asyncDispose]() {
      await Promise.all([...publishers.values()].map((publisher) => publisher[Symbol.asyncDispose]()));
    },
  };
}
