import { type Kafka, type Message, Partitioners, type Producer } from 'kafkajs';
import { clientRetry } from './connection.ts';

/** A transaction that its producer did not end within this time is given up by the broker. */
const transactionTimeoutMs = 10_000;
/** Bytes of one request: brokers take batches of 1 MiB (`message.max.bytes`), with what surrounds the records. */
const maxRequestBytes = 900_000;
/** Key, headers and framing of a record. */
const recordOverheadBytes = 200;

/** A record that is sent: its value is text. */
export type TextRecord = Message & { readonly value: string };

/** The only producer of its transactional id: opening one shuts out the one before it. */
export interface TransactionalProducer {
  /** Writes all records or none; resolves when all replicas in sync have them. */
  write(topic: string, records: readonly TextRecord[]): Promise<void>;
  close(): Promise<void>;
}

/** Opens a producer. From then on a broker refuses whoever used the transactional id before, and gives up what it had open. */
export async function openTransactionalProducer(kafka: Kafka, transactionalId: string): Promise<TransactionalProducer> {
  const producer = kafka.producer({
    transactionalId,
    idempotent: true,
    maxInFlightRequests: 1,
    transactionTimeout: transactionTimeoutMs,
    createPartitioner: Partitioners.DefaultPartitioner,
    retry: clientRetry,
  });
  try {
    await producer.connect();
    await takeOver(producer);
  } catch (error) {
    await producer.disconnect().catch(() => undefined);
    throw error;
  }
  return {
    async write(topic, records) {
      const transaction = await producer.transaction();
      for (const messages of requestsOf(records)) await transaction.send({ topic, messages, acks: -1 });
      await transaction.commit();
    },
    close: () => producer.disconnect(),
  };
}

/** The client asks for its number, which is what shuts out others, with the first transaction; an empty one costs nothing else. */
async function takeOver(producer: Producer): Promise<void> {
  const transaction = await producer.transaction();
  await transaction.abort();
}

/** The records in requests that brokers take. */
export function requestsOf(records: readonly TextRecord[]): TextRecord[][] {
  const requests: TextRecord[][] = [];
  let room = 0;
  for (const record of records) {
    const bytes = Buffer.byteLength(record.value) + recordOverheadBytes;
    if (bytes > room) {
      requests.push([]);
      room = maxRequestBytes;
    }
    requests.at(-1)?.push(record);
    room -= bytes;
  }
  return requests;
}
