import { Kafka, logLevel, Partitioners } from 'kafkajs';
import { payload } from './events-service.ts';

const batchSize = 1_000;

/** What a plain kafkajs producer writes per second: events as long as ours, from memory, `acks=all`, in batches of 1,000. */
export async function bareBatches(brokers: string, topic: string, events: number): Promise<number> {
  const kafka = new Kafka({ brokers: [brokers], logLevel: logLevel.NOTHING });
  const admin = kafka.admin();
  await admin.connect();
  await admin.createTopics({ topics: [{ topic, numPartitions: 6 }] });
  await admin.disconnect();
  const producer = kafka.producer({ createPartitioner: Partitioners.DefaultPartitioner });
  await producer.connect();
  // The attributes of a CloudEvent have 600 characters.
  const value = JSON.stringify({ attributes: 'x'.repeat(600), data: payload });
  const batches = Array.from({ length: events / batchSize }, () =>
    Array.from({ length: batchSize }, (_, index) => ({ key: `${index % 500}`, value })),
  );
  const startedAtMs = performance.now();
  for (const messages of batches) await producer.send({ topic, messages, acks: -1 });
  const seconds = (performance.now() - startedAtMs) / 1_000;
  await producer.disconnect();
  return events / seconds;
}
