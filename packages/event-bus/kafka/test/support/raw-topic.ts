import { Kafka, logLevel } from 'kafkajs';
import { type RawRecord, type StoredRecord, storedRecordOf } from '../../src/record.ts';

/** A plain client, as another program has it. */
export function plainClient(brokers: string): Kafka {
  return new Kafka({ clientId: 'plain', brokers: [brokers], logLevel: logLevel.NOTHING });
}

/** All committed records of a topic, of each partition in order, read by a plain consumer. */
export async function readRecords(brokers: string, topic: string): Promise<readonly StoredRecord[]> {
  const kafka = plainClient(brokers);
  const admin = kafka.admin();
  await admin.connect();
  const ends = new Map((await admin.fetchTopicOffsets(topic)).map(({ partition, high }) => [partition, BigInt(high)]));
  await admin.disconnect();
  const consumer = kafka.consumer({ groupId: `reads ${topic} ${Math.random()}`, maxWaitTimeInMs: 100 });
  await consumer.connect();
  await consumer.subscribe({ topics: [topic], fromBeginning: true });
  const records: (StoredRecord | undefined)[] = [];
  const { promise, resolve } = Promise.withResolvers<void>();
  const reached = (partition: number, next: bigint): void => {
    if (next >= (ends.get(partition) ?? 0n)) ends.delete(partition);
    if (ends.size === 0) resolve();
  };
  for (const [partition] of ends) reached(partition, 0n);
  consumer.on(consumer.events.END_BATCH_PROCESS, ({ payload }) => reached(payload.partition, BigInt(payload.lastOffset) + 1n));
  await consumer.run({
    autoCommit: false,
    eachBatch: async ({ batch }) => {
      records.push(...batch.messages.map((message: RawRecord) => storedRecordOf(batch.partition, message)));
    },
  });
  await promise;
  await consumer.disconnect();
  return records.map((record) => {
    if (record === undefined) throw new Error(`${topic} has a record that is none of ours`);
    return record;
  });
}

/** Positions of all committed records of a topic, ascending. */
export async function readPositions(brokers: string, topic: string): Promise<readonly number[]> {
  const records = await readRecords(brokers, topic);
  return records.map(({ position }) => Number(position)).sort((a, b) => a - b);
}
