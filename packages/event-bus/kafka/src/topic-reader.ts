import { backoffMs, pause } from '@odst/async';
import { type Cluster, type Kafka, PartitionAssigners } from 'kafkajs';
import { committedRecords, type FetchedPartition } from './committed-records.ts';
import { protocolErrorOf } from './kafka-error.ts';
import { type StoredRecord, storedRecordOf } from './record.ts';

/** The end of a partition. */
export type PartitionEnd = {
  /** The last committed record; undefined when there is none. */
  readonly last: StoredRecord | undefined;
  /** Whether no transaction was open, so that nothing may appear before what comes from now on. */
  readonly settled: boolean;
};

/** Reads topics from outside of any consumer group. */
export interface TopicReader {
  /** Offset of the first record of each partition. */
  begins(topic: string): Promise<ReadonlyMap<number, bigint>>;
  /** What of each partition was committed last. */
  ends(topic: string): Promise<ReadonlyMap<number, PartitionEnd>>;
  /** Of each partition the first committed record from an offset on that `isWanted`. @param from by partition */
  firsts(
    topic: string,
    from: ReadonlyMap<number, bigint>,
    isWanted: (record: StoredRecord) => boolean,
  ): Promise<readonly StoredRecord[]>;
  close(): Promise<void>;
}

const maxBytes = 1_048_576;
/** Records read back at first; the end of its transaction lies behind the last record. */
const firstStep = 2n;
/** A partition may be without a leader for a moment: when its topic is new, or its broker is gone. */
const maxTries = 8;
const firstPauseMs = 10;

/** Opens a reader. */
export async function openTopicReader(kafka: Kafka): Promise<TopicReader> {
  const { cluster, close } = await openCluster(kafka);

  const offsets = async (topic: string, fromBeginning: boolean): Promise<ReadonlyMap<number, bigint>> => {
    await cluster.addTargetTopic(topic);
    // Each time: partitions may have been added, and the last event be in one of them.
    await cluster.refreshMetadata();
    const partitions = cluster.findTopicPartitionMetadata(topic).map(({ partitionId }) => ({ partition: partitionId }));
    const [found] = await cluster.fetchTopicsOffset([{ topic, partitions, fromBeginning }]);
    return new Map(found?.partitions.map(({ partition, offset }) => [partition, BigInt(offset)]));
  };
  const fetch = async (topic: string, partition: number, from: bigint): Promise<FetchedPartition> => {
    const [leader = ''] = Object.keys(cluster.findLeaderForPartitions(topic, [partition]));
    const broker = await cluster.findBroker({ nodeId: leader });
    const topics = [{ topic, partitions: [{ partition, fetchOffset: from.toString(), maxBytes }] }];
    const answer: { responses: { partitions: FetchedPartition[] }[] } = await broker.fetch({ maxWaitTime: 0, maxBytes, topics });
    const fetched = answer.responses[0]?.partitions[0];
    if (fetched === undefined) throw new Error(`a fetch of ${topic} had no answer`);
    return fetched;
  };
  const ends = async (topic: string): Promise<ReadonlyMap<number, PartitionEnd>> => {
    const begins = await offsets(topic, true);
    const found = [...(await offsets(topic, false))].map(async ([partition, end]) => {
      const range = { begin: begins.get(partition) ?? 0n, end };
      return [partition, await endOf((offset) => fetch(topic, partition, offset), partition, range)] as const;
    });
    return new Map(await Promise.all(found));
  };

  const firsts: TopicReader['firsts'] = async (topic, from, isWanted) => {
    const begins = await offsets(topic, true);
    const found = [...from].map(([partition, offset]) => {
      // Brokers may have deleted what stood there.
      const begin = begins.get(partition) ?? 0n;
      return firstOf((at) => fetch(topic, partition, at), partition, { from: offset > begin ? offset : begin, isWanted });
    });
    return (await Promise.all(found)).filter((record) => record !== undefined);
  };

  return {
    begins: (topic) => patiently(cluster, () => offsets(topic, true)),
    ends: (topic) => patiently(cluster, () => ends(topic)),
    firsts: (topic, from, isWanted) => patiently(cluster, () => firsts(topic, from, isWanted)),
    close,
  };
}

/**
 * The client has no public reader without a group, but it hands its cluster to whoever assigns partitions: the consumer
 * here never joins a group.
 */
async function openCluster(kafka: Kafka): Promise<{ readonly cluster: Cluster; readonly close: () => Promise<void> }> {
  let cluster: Cluster | undefined;
  const consumer = kafka.consumer({
    groupId: 'none',
    readUncommitted: false,
    allowAutoTopicCreation: false,
    partitionAssigners: [
      (config) => {
        cluster = config.cluster;
        return PartitionAssigners.roundRobin(config);
      },
    ],
  });
  if (cluster === undefined) throw new Error('the Kafka client gave no cluster to the assigner');
  await consumer.connect();
  return { cluster, close: () => consumer.disconnect() };
}

async function patiently<T>(cluster: Cluster, ask: () => Promise<T>): Promise<T> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await ask();
    } catch (error) {
      if (tries === maxTries || protocolErrorOf(error)?.retriable !== true) throw error;
      await pause(backoffMs(tries, { firstMs: firstPauseMs }));
      await cluster.refreshMetadata();
    }
  }
}

type Fetch = (offset: bigint) => Promise<FetchedPartition>;

async function endOf(
  fetch: Fetch,
  partition: number,
  range: { readonly begin: bigint; readonly end: bigint },
): Promise<PartitionEnd> {
  const { begin, end } = range;
  for (let step = firstStep; ; step *= 4n) {
    const isWhole = end - step <= begin;
    const from = isWhole ? begin : end - step;
    const found = await scan(fetch, partition, { from, end });
    if (found.last !== undefined || isWhole) return found;
  }
}

/** The last record from an offset on. */
async function scan(fetch: Fetch, partition: number, { from, end }: { from: bigint; end: bigint }): Promise<PartitionEnd> {
  let last: StoredRecord | undefined;
  for (let offset = from; ; ) {
    const fetched = await fetch(offset);
    for (const record of committedRecords(fetched)) last = storedRecordOf(partition, record) ?? last;
    const settled = fetched.highWatermark === fetched.lastStableOffset;
    const reached = fetched.messages.at(-1)?.offset;
    if (reached === undefined || BigInt(reached) + 1n >= end) return { last, settled };
    offset = BigInt(reached) + 1n;
  }
}

/** The first committed record from an offset on that is wanted. */
async function firstOf(
  fetch: Fetch,
  partition: number,
  { from, isWanted }: { readonly from: bigint; readonly isWanted: (record: StoredRecord) => boolean },
): Promise<StoredRecord | undefined> {
  for (let offset = from; ; ) {
    const fetched = await fetch(offset);
    for (const record of committedRecords(fetched)) {
      const stored = storedRecordOf(partition, record);
      // A broker gives whole batches, which may begin before the offset.
      if (stored !== undefined && stored.offset >= from && isWanted(stored)) return stored;
    }
    const reached = fetched.messages.at(-1)?.offset;
    if (reached === undefined) return undefined;
    offset = BigInt(reached) + 1n;
  }
}
