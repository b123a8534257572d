import { randomUUID } from 'node:crypto';
import { settlesWithin } from '@odst/async';
import { OdstError } from '@odst/kernel';
import type { Consumer, EachBatchPayload, Kafka } from 'kafkajs';
import type { SourceItem } from '../event-source.ts';
import { type ServerEvent, serverEvent } from '../events/event-message.ts';
import { createHandover, type Handover } from './handover.ts';
import type { Offsets } from './offsets.ts';

/** How to read topics. */
export type TopicsReading = {
  readonly kafka: Kafka;
  /** First part of the name that the reader has in the brokers. */
  readonly groupRoot: string;
  readonly topics: readonly string[];
  /** Where to read; moves on with what is read. */
  readonly offsets: Offsets;
  readonly matches: (type: string) => boolean;
  /** Asked of what a fetch gave, before any of it is passed on. @throws what ends the reading */
  readonly check: (topic: string, partition: number) => Promise<void>;
  /** Told of each item before it is passed on. */
  readonly onItem: () => void;
  readonly signal: AbortSignal;
};

type Reading = Omit<TopicsReading, 'signal'> & { readonly handover: Handover<SourceItem> };

/** While a consumer takes its time with an event, the broker is told as often that it lives. */
const heartbeatMs = 2_000;

/** Reads until the signal aborts. @throws what kafkajs gives up with; OdstError COMMON_EVENT_UNKNOWN for what is no event */
export async function* readTopics({ signal, ...reading }: TopicsReading): AsyncGenerator<SourceItem, void, void> {
  const { kafka, groupRoot } = reading;
  const handover = createHandover<SourceItem>();
  const abort = (): void => handover.end();
  signal.addEventListener('abort', abort);
  const consumer = kafka.consumer({
    // A group of its own, so that all partitions come here; it leaves nothing behind, as it commits nothing.
    groupId: `${groupRoot}-${randomUUID()}`,
    allowAutoTopicCreation: false,
    maxWaitTimeInMs: 1_000,
    // Whoever reads is told of what breaks, and tries again by itself.
    retry: { restartOnFailure: async () => false },
  });
  try {
    await start(consumer, { ...reading, handover });
    yield* handover.items();
  } finally {
    signal.removeEventListener('abort', abort);
    handover.end();
    await consumer.disconnect();
  }
}

async function start(consumer: Consumer, reading: Reading): Promise<void> {
  const { handover, offsets, topics } = reading;
  consumer.on(consumer.events.CRASH, ({ payload: { error } }) => handover.fail(error));
  // At every join, not only at the first: without commits the group would begin at the beginning again.
  consumer.on(consumer.events.GROUP_JOIN, ({ payload: { memberAssignment } }) => {
    for (const [topic, partitions] of Object.entries(memberAssignment)) {
      for (const partition of partitions) {
        const place = offsets.place(topic, partition);
        if (place !== undefined) consumer.seek({ topic, partition, offset: `${place.next}` });
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
  const { handover, offsets, matches, check, onItem } = reading;
  const { topic, partition } = batch;
  await check(topic, partition);
  for (const { offset: text, value } of batch.messages) {
    if (!isRunning() || isStale()) return;
    const offset = BigInt(text);
    if (offset >= (offsets.place(topic, partition)?.next ?? 0n)) {
      const event = eventOf(value);
      offsets.advance(topic, partition, { next: offset + 1n, last: { offset, id: event.id } });
      const item = { position: offsets.toPosition(), ...(matches(event.type) ? { event } : {}) };
      onItem();
      if (!(await beating(handover.give(item), heartbeat))) return;
    }
    resolveOffset(text);
  }
}

/** Waits for a consumer that may take long, without the broker giving this reader up. */
async function beating<T>(waiting: Promise<T>, heartbeat: () => Promise<void>): Promise<T> {
  // A heartbeat that fails is answered by joining again, which the next fetch does.
  while (!(await settlesWithin(heartbeatMs, waiting))) await heartbeat().catch(() => undefined);
  return await waiting;
}

/** @throws OdstError COMMON_EVENT_UNKNOWN */
function eventOf(value: Buffer | null): ServerEvent {
  try {
    return serverEvent(JSON.parse(value?.toString('utf8') ?? 'null'));
  } catch (error) {
    throw new OdstError('COMMON_EVENT_UNKNOWN', 'a topic has a message that is no CloudEvent', {}, { cause: error });
  }
}
