import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { isOdstError, OdstError } from '@odst/kernel';
import { type Admin, type Consumer, type EachBatchPayload, Kafka, type KafkaConfig, logLevel } from 'kafkajs';
import { backoffMs, type Retry } from '../backoff.ts';
import type { EventSource, SourceItem } from '../event-source.ts';
import { type ServerEvent, serverEvent } from '../events/event-message.ts';
import { createHandover, type Handover } from './handover.ts';
import { createOffsets, type Offsets } from './offsets.ts';
import { matcherOf } from './type-matcher.ts';

/** Of {@link createKafkaEventSource}. */
export type KafkaEventSourceOptions = {
  /** `host:port` of some brokers. */
  readonly brokers: readonly string[];
  /** KAFKA_TOPIC_PREFIX of the server. Default `odst`. */
  readonly topicPrefix?: string;
  /** Services whose events to read; default registration, catalog, storage and sync. */
  readonly services?: readonly string[];
  /** Event names, short or full. Default all events. What is left out is read and passed over here: Kafka does not filter. */
  readonly types?: readonly string[];
  /** Names the connections in the brokers' logs. Default `odst-event-client`. */
  readonly clientId?: string;
  /** TLS, as kafkajs takes it. Default none. */
  readonly ssl?: KafkaConfig['ssl'];
  /** Login, as kafkajs takes it. Default none. */
  readonly sasl?: KafkaConfig['sasl'];
  /** Told before each pause after which reading is tried again. Default nobody. */
  readonly onRetry?: (retry: Retry) => void;
};

type Reading = {
  readonly handover: Handover<SourceItem>;
  readonly offsets: Offsets;
  readonly matches: (type: string) => boolean;
  readonly onItem: () => void;
};

const defaultClientId = 'odst-event-client';
const defaultServices = ['registration', 'catalog', 'storage', 'sync'];
/** While a consumer takes its time with an event, the broker is told as often that it lives. */
const heartbeatMs = 2_000;

/**
 * Builds the source over the topics of a server, for Kafka 3.7 or newer. Positions are the offsets of all partitions, kept by the
 * reader: in the brokers nothing is committed, so a reader can begin anywhere. Order holds per `partitionkey`, not between topics.
 */
export function createKafkaEventSource(options: KafkaEventSourceOptions): EventSource {
  const { topicPrefix = 'odst', services = defaultServices, types = [], onRetry = () => undefined } = options;
  const topics = services.map((service) => `${topicPrefix}.${service}.v1`);
  return {
    async *read(from, signal) {
      const offsets = createOffsets(typeof from === 'object' ? from.after : undefined);
      const kafka = newKafka(options);
      const onItem = (): void => {
        failures = 0;
      };
      let placed = from !== 'latest';
      let failures = 0;
      while (!signal.aborted) {
        try {
          if (!placed) {
            await withAdmin(kafka, (admin) => skipToEnd(admin, topics, offsets));
            placed = true;
            yield { position: offsets.toPosition() };
          }
          yield* readTopics(kafka, topics, { offsets, matches: matcherOf(types), onItem, signal });
        } catch (error) {
          if (signal.aborted) return;
          if (isFinal(error)) throw error;
          failures += 1;
          const delayMs = backoffMs(failures, Math.random());
          onRetry({ error: unavailable(error), failures, delayMs });
          // An aborted pause is a pause that is over.
          await delay(delayMs, undefined, { signal }).catch(() => undefined);
        }
      }
    },
  };
}

function newKafka({ brokers, clientId = defaultClientId, ssl, sasl }: KafkaEventSourceOptions): Kafka {
  return new Kafka({
    clientId,
    brokers: [...brokers],
    logLevel: logLevel.NOTHING,
    ...(ssl === undefined ? {} : { ssl }),
    ...(sasl === undefined ? {} : { sasl }),
  });
}

/** Reads until the signal aborts or kafkajs gives up. */
async function* readTopics(
  kafka: Kafka,
  topics: readonly string[],
  { signal, ...reading }: Omit<Reading, 'handover'> & { readonly signal: AbortSignal },
): AsyncGenerator<SourceItem, void, void> {
  const handover = createHandover<SourceItem>();
  const abort = (): void => handover.end();
  signal.addEventListener('abort', abort);
  // A group of its own, so that all partitions come here; it leaves nothing behind, as it commits nothing.
  const groupId = `${defaultClientId}-${randomUUID()}`;
  const consumer = kafka.consumer({ groupId, allowAutoTopicCreation: false, maxWaitTimeInMs: 1_000 });
  try {
    await start(consumer, topics, { ...reading, handover });
    yield* handover.items();
  } finally {
    signal.removeEventListener('abort', abort);
    handover.end();
    await consumer.disconnect();
  }
}

async function start(consumer: Consumer, topics: readonly string[], reading: Reading): Promise<void> {
  const { handover, offsets } = reading;
  consumer.on(consumer.events.CRASH, ({ payload: { error, restart } }) => {
    if (!restart) handover.fail(error);
  });
  // At every join, not only at the first: without commits the group would begin at the beginning again.
  consumer.on(consumer.events.GROUP_JOIN, ({ payload: { memberAssignment } }) => {
    for (const [topic, partitions] of Object.entries(memberAssignment)) {
      for (const partition of partitions) {
        const next = offsets.next(topic, partition);
        if (next !== undefined) consumer.seek({ topic, partition, offset: next });
      }
    }
  });
  await consumer.connect();
  await consumer.subscribe({ topics: [...topics], fromBeginning: true });
  await consumer.run({
    autoCommit: false,
    // kafkajs would try a batch again for ever that holds what is no event.
    eachBatch: (payload) => handOver(payload, reading).catch((error: unknown) => handover.fail(error)),
  });
}

/** Gives the messages of a batch one by one; a message is done when the next one was asked for. */
async function handOver(
  { batch, resolveOffset, heartbeat, isRunning, isStale }: EachBatchPayload,
  reading: Reading,
): Promise<void> {
  const { handover, offsets, matches, onItem } = reading;
  const { topic, partition } = batch;
  for (const { offset, value } of batch.messages) {
    if (!isRunning() || isStale()) return;
    const next = (BigInt(offset) + 1n).toString();
    if (BigInt(offset) >= BigInt(offsets.next(topic, partition) ?? 0)) {
      const event = eventOf(value);
      offsets.advance(topic, partition, next);
      const item = { position: offsets.toPosition(), ...(matches(event.type) ? { event } : {}) };
      onItem();
      if (!(await beating(handover.give(item), heartbeat))) return;
    }
    resolveOffset(offset);
  }
}

/** Waits for a consumer that may take long, without the broker giving this reader up. */
async function beating<T>(waiting: Promise<T>, heartbeat: () => Promise<void>): Promise<T> {
  // A heartbeat that fails is answered by joining again, which the next fetch does.
  const timer = setInterval(() => void heartbeat().catch(() => undefined), heartbeatMs);
  try {
    return await waiting;
  } finally {
    clearInterval(timer);
  }
}

async function skipToEnd(admin: Admin, topics: readonly string[], offsets: Offsets): Promise<void> {
  for (const topic of topics) {
    for (const { partition, high } of await admin.fetchTopicOffsets(topic)) offsets.advance(topic, partition, high);
  }
}

async function withAdmin(kafka: Kafka, work: (admin: Admin) => Promise<void>): Promise<void> {
  const admin = kafka.admin();
  try {
    await admin.connect();
    await work(admin);
  } finally {
    await admin.disconnect();
  }
}

/** @throws OdstError COMMON_EVENT_UNKNOWN */
function eventOf(value: Buffer | null): ServerEvent {
  try {
    return serverEvent(JSON.parse(value?.toString('utf8') ?? 'null'));
  } catch (error) {
    throw new OdstError('COMMON_EVENT_UNKNOWN', 'a topic has a message that is no CloudEvent', {}, { cause: error });
  }
}

/** Whether trying again is of no use: what is no event stays none, and a login that was refused is wrong. */
function isFinal(error: unknown): boolean {
  const { name, type } = error as { readonly name?: string; readonly type?: string };
  return isOdstError(error) || name === 'KafkaJSSASLAuthenticationError' || (type ?? '').endsWith('_AUTHORIZATION_FAILED');
}

function unavailable(error: unknown): OdstError {
  const reason = error instanceof Error ? error.message : String(error);
  return new OdstError('COMMON_SERVICE_UNAVAILABLE', `Kafka cannot be read: ${reason}`, {}, { cause: error });
}
