import type { EventBus, Progress, Subscription } from '@odst/event-bus';
import { OdstError } from '@odst/kernel';
import type { Logger } from '@odst/telemetry';
import { type Brokers, createBrokers } from './brokers.ts';
import type { KafkaConnection } from './connection.ts';
import { startMember } from './member.ts';
import { createPublisher, type Publisher } from './publisher.ts';
import { type TopicTail, tailOf } from './topic-tail.ts';
import { createTopics, type TopicShape } from './topics.ts';
import { openTransactionalProducer } from './transactional-producer.ts';

/** What the bus is made of. */
export type KafkaEventBusOptions = {
  readonly connection: KafkaConnection;
  /** First part of the names of topics and groups. Default `odst`. */
  readonly topicPrefix?: string;
  /** ISS ID of this server, part of the groups' names. Until it is known nothing is delivered. */
  readonly iss: Promise<string>;
  /** Shape of the topics that are made. Default 6 partitions, the brokers' number of copies. */
  readonly topics?: Partial<TopicShape>;
  /** Names the connections in the brokers' logs. Default `odst`. */
  readonly clientId?: string;
  readonly logger: Logger;
};

/** The event bus of servers with Kafka. Disposing ends all subscriptions as disposing each would. */
export interface KafkaEventBus extends EventBus, AsyncDisposable {
  /** Asks a broker something cheap. @throws OdstError COMMON_SERVICE_UNAVAILABLE when none answers */
  check(): Promise<void>;
}

/** Of a topic that is made when none is asked for. */
const defaultPartitions = 6;

/** Builds a bus over Kafka 3.7 or newer; safe with many, in one process or several. Connections are made when they are needed. */
export function createKafkaEventBus(options: KafkaEventBusOptions): KafkaEventBus {
  const { topicPrefix = 'odst', iss, logger } = options;
  const brokers = createBrokers(options.connection, options.clientId ?? 'odst', logger);
  const requireTopic = createTopics(brokers.admin, { partitions: defaultPartitions, ...options.topics });
  const readTail = async (topic: string) => tailOf((await brokers.reader.use((reader) => reader.ends(topic))).values());
  const topicOf = (service: string): string => `${topicPrefix}.${service}.v1`;
  const publishers = createPublishers(brokers, readTail);
  const members = new Set<AsyncDisposable>();

  const freshStart = async (topic: string, from: Subscription['from']): Promise<Progress> => {
    await requireTopic(topic);
    return { position: from === 'latest' ? (await readTail(topic)).position : 0n, waiting: [] };
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
      return (await readTail(topic)).position;
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
    check: () => brokers.admin.use(async (admin) => void (await admin.describeCluster())),
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
  readTail: (topic: string) => Promise<TopicTail>,
): AsyncDisposable & { to(topic: string): Publisher } {
  const publishers = new Map<string, Publisher>();
  return {
    to(topic) {
      const openProducer = () => openTransactionalProducer(brokers.newClient(), topic);
      const publisher = publishers.get(topic) ?? createPublisher({ topic, openProducer, readTail: () => readTail(topic) });
      publishers.set(topic, publisher);
      return publisher;
    },
    async [Symbol.asyncDispose]() {
      await Promise.all([...publishers.values()].map((publisher) => publisher[Symbol.asyncDispose]()));
    },
  };
}
