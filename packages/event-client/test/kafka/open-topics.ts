import { randomUUID } from 'node:crypto';
import { eventually } from '@odst/testing';
import { type Admin, Kafka, logLevel } from 'kafkajs';
import { onTestFinished } from 'vitest';
import { feedEvent } from '../feed-event.ts';

/** Topics of one test, with two partitions each, and what writes to them. */
export type TestTopics = {
  readonly topicPrefix: string;
  /** The topic that `publish…` writes to. */
  readonly catalog: string;
  readonly admin: Admin;
  publishText(value: string, key?: string): Promise<void>;
  /** Makes the events `event-1` to `event-<last>`, those that there are not yet, with one key. */
  publishTo(last: number): Promise<void>;
  /** Writes events in a transaction of its own, as servers do; given up where that is asked for. */
  transact(ids: readonly string[], end?: 'commit' | 'abort'): Promise<void>;
  /** Makes topics of services. */
  make(services: readonly string[]): Promise<void>;
  /** Deletes the topic `catalog` and makes it anew. */
  renew(numPartitions?: number): Promise<void>;
};

const services = ['catalog', 'storage'];
const patienceMs = 120_000;

/** Makes the topics for the rest of the test. @param made services whose topics there are at first; default both */
export async function openTopics(brokers: readonly string[], made: readonly string[] = services): Promise<TestTopics> {
  const topicPrefix = `client-${randomUUID()}`;
  const catalog = `${topicPrefix}.catalog.v1`;
  const kafka = new Kafka({ brokers: [...brokers], logLevel: logLevel.NOTHING });
  const admin = kafka.admin();
  const producer = kafka.producer();
  const transactional = kafka.producer({ transactionalId: topicPrefix, idempotent: true, maxInFlightRequests: 1 });
  const all = [admin, producer, transactional];
  await Promise.all(all.map((client) => client.connect()));
  onTestFinished(async () => {
    await Promise.all(all.map((client) => client.disconnect()));
  });
  const isThere = async (topic: string): Promise<boolean> => {
    const { topics } = await admin.fetchTopicMetadata({ topics: [topic] });
    return topics.some(({ partitions }) => partitions.length > 0 && partitions.every(({ leader }) => leader >= 0));
  };
  const make = async (names: readonly string[], numPartitions = 2): Promise<void> => {
    const topics = names.map((service) => ({ topic: `${topicPrefix}.${service}.v1`, numPartitions }));
    // Brokers make no topic while one of that name is being deleted, and know of it a moment later than the controller.
    await eventually(() => admin.createTopics({ waitForLeaders: false, topics }), patienceMs);
    for (const { topic } of topics) await eventually(() => isThere(topic), patienceMs);
  };
  if (made.length > 0) await make(made);
  let published = 0;
  const publishText = async (value: string, key = 'k'): Promise<void> => {
    await producer.send({ topic: catalog, messages: [{ key, value }] });
  };
  return {
    topicPrefix,
    catalog,
    admin,
    make,
    publishText,
    async publishTo(last) {
      for (let number = published + 1; number <= last; number += 1) await publishText(JSON.stringify(feedEvent(number)));
      published = last;
    },
    async transact(ids, end = 'commit') {
      const transaction = await transactional.transaction();
      const messages = ids.map((id) => ({ key: 'k', value: JSON.stringify(feedEvent(1, undefined, id)) }));
      await transaction.send({ topic: catalog, messages });
      await (end === 'commit' ? transaction.commit() : transaction.abort());
    },
    async renew(numPartitions) {
      await admin.deleteTopics({ topics: [catalog] });
      await make(['catalog'], numPartitions);
    },
  };
}
