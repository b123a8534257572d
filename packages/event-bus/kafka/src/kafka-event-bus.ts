import { type EventBus, type Progress, type ProgressStore, type Subscription, topicOf } from '@odst/event-bus';
import { OdstError } from '@odst/kernel';
import type { Logger } from '@odst/telemetry';
import { type Brokers, createBrokers } from './brokers.ts';
import type { KafkaConnection } from './connection.ts';
import { startMember } from './member.ts';
import { oldestUndone } from './oldest-undone.ts';
import { createPublisher, foreignTopic, type Publisher } from './publisher.ts';
import { topicNames } from './topic-names.ts';
import type { PartitionEnd } from './topic-reader.ts';
import { settledTail, tailOf } from './topic-tail.ts';
import { createTopics, type TopicShape } from './topics.ts';
import { openTransactionalProducer } from './transactional-producer.ts';

/** What the bus is made of. */
export type KafkaEventBusOptions = {
  readonly connection: KafkaConnection;
  /** First part of the names that topics, groups and transactional ids have on the brokers. Default `odst`. */
  readonly topicPrefix?: string;
  /** Where the groups' progress is kept, in the database that has the effects of their consumers. */
  readonly progressStore: ProgressStore;
  /** ISS ID of this server, part of the groups' names. Until it resolves nothing is delivered; it must not reject. */
  readonly iss: Promise<string>;
  /** Shape of the topics that are made. Default 6 partitions, the brokers' number of copies. */
  readonly topics?: Partial<TopicShape>;
  /** Names the connections in the brokers' logs. Default `odst`. */
  readonly clientId?: string;
  readonly logger: Logger;
};

/** The event bus of servers with Kafka. Disposing ends all subscriptions as disposing each would. */
export interface KafkaEventBus extends EventBus, AsyncDisposable {
  /** Asks the brokers for something cheap. @throws OdstError COMMON_SERVICE_UNAVAILABLE when none can be reached */
  reach(): Promise<void>;
}

/** Of a topic that is made when none is asked for. */
const defaultPartitions = 6;

/** Builds a bus over Kafka 3.7 or newer; safe with many, in one process or several. Connections are made when they are needed. */
export function createKafkaEventBus(options: KafkaEventBusOptions): KafkaEventBus {
  const { topicPrefix = 'odst', progressStore, iss, logger } = options;
  const brokers = createBrokers(options.connection, options.clientId ?? 'odst', logger);
  const requireTopic = createTopics(brokers.admin, { partitions: defaultPartitions, ...options.topics }, logger);
  const readEnds = (topic: string) => brokers.reader.use((reader) => reader.ends(topic));
  const names = topicNames(topicPrefix);
  const onBrokers = (service: string): string => names.onBrokers(topicOf(service));
  const foreign = (topic: string): OdstError => foreignTopic(topic, names.nextPrefix);
  const publishers = createPublishers({ brokers, readEnds, foreign });
  const members = new Set<AsyncDisposable>();

  const freshStart = async (topic: string, from: Subscription['from']): Promise<Progress> => {
    await requireTopic(topic);
    return { position: from === 'latest' ? (await settledTail(() => readEnds(topic))).position : 0n, waiting: [] };
  };

  return {
    topicOf,
    async publish({ service, fence }, messages) {
      const stray = messages.find((message) => message.topic !== topicOf(service));
      if (stray !== undefined) throw new OdstError('COMMON_INTERNAL', `${stray.topic} is not the topic of ${service}`);
      if (messages.length === 0) return;
      const topic = onBrokers(service);
      await requireTopic(topic);
      await publishers.to(topic).publish(fence, messages);
    },
    async lastPublished(service) {
      const topic = onBrokers(service);
      await requireTopic(topic);
      const { position, eventId } = await settledTail(() => readEnds(topic));
      return { position, eventId };
    },
    foreignTopic: (service) => foreign(onBrokers(service)),
    async reach() {
      await brokers.admin.use((admin) => admin.describeCluster());
    },
    async oldestUndone({ group, topics, from }) {
      const groupId = names.group(await iss, group);
      const asked = topics.map(async (topic) => {
        const named = { at: { group, topic }, groupId, topic: names.onBrokers(topic) };
        const oldest = await oldestUndone({ brokers, progressStore, from }, named);
        return oldest === undefined ? [] : [[topic, oldest] as const];
      });
      return new Map((await Promise.all(asked)).flat());
    },
    async subscribe(subscription) {
      const { topics, group, from } = subscription;
      const fresh = new Map<string, Progress>();
      for (const topic of topics) fresh.set(topic, await freshStart(names.onBrokers(topic), from));
      const groupId = iss.then((server) => names.group(server, group));
      const member = startMember({
        subscription,
        names,
        groupId,
        brokers,
        progressStore,
        fresh,
        logger: logger.child({ group }),
      });
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
function createPublishers(deps: {
  readonly brokers: Brokers;
  readonly readEnds: (topic: string) => Promise<ReadonlyMap<number, PartitionEnd>>;
  readonly foreign: (topic: string) => OdstError;
}): AsyncDisposable & { to(topic: string): Publisher } {
  const { brokers, readEnds, foreign } = deps;
  const publishers = new Map<string, Publisher>();
  const newPublisher = (topic: string): Publisher =>
    createPublisher({
      topic,
      openProducer: () => openTransactionalProducer(brokers.newClient(), topic),
      readTail: async () => tailOf((await readEnds(topic)).values()),
      readSettledTail: () => settledTail(() => readEnds(topic)),
      foreign: () => foreign(topic),
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
