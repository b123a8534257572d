import { type Cluster, type Kafka, PartitionAssigners } from 'kafkajs';
import { serverEvent } from '../events/event-message.ts';
import { isOutOfRange, typesOf } from './kafka-failure.ts';
import type { Mark } from './offsets.ts';

/** What a partition has. */
export type Bounds = {
  /** Offset of its first record: more than 0 once records were deleted. */
  readonly low: bigint;
  /** Behind its last record that was committed, or given up. */
  readonly high: bigint;
};

/** Looks into topics beside the consumer, which would lose its place. */
export interface TopicLookup {
  /** Of all partitions; undefined for a topic that is not there. */
  bounds(topic: string): Promise<ReadonlyMap<number, Bounds> | undefined>;
  /** Id of the event at an offset; undefined where there is none, or none any more. */
  eventAt(topic: string, partition: number, offset: bigint): Promise<string | undefined>;
  /** The last event within bounds; undefined for none. */
  lastEvent(topic: string, partition: number, bounds: Bounds): Promise<Mark | undefined>;
  close(): Promise<void>;
}

/** A record as brokers answer a fetch. The client gives it untyped. */
type FetchedRecord = { readonly offset: string; readonly value: Buffer | null; readonly isControlRecord: boolean };
type Fetched = {
  readonly responses: readonly { readonly partitions: readonly { readonly messages: readonly FetchedRecord[] }[] }[];
};

/** Brokers answer with a whole batch of records at least. */
const oneBatchBytes = 1;
const scanBytes = 1_048_576;
/** Records read back at first for the last event: ends of transactions lie behind it. */
const firstStep = 4n;

/** Opens a lookup. */
export async function openTopicLookup(kafka: Kafka): Promise<TopicLookup> {
  const { cluster, close } = await openCluster(kafka);

  const offsets = async (topic: string, fromBeginning: boolean): Promise<ReadonlyMap<number, bigint>> => {
    const partitions = cluster.findTopicPartitionMetadata(topic).map(({ partitionId }) => ({ partition: partitionId }));
    const [found] = await cluster.fetchTopicsOffset([{ topic, partitions, fromBeginning }]);
    return new Map(found?.partitions.map(({ partition, offset }) => [partition, BigInt(offset)]));
  };
  const fetch = async (topic: string, partition: number, offset: bigint, maxBytes: number): Promise<readonly FetchedRecord[]> => {
    const [leader = ''] = Object.keys(cluster.findLeaderForPartitions(topic, [partition]));
    const broker = await cluster.findBroker({ nodeId: leader });
    const topics = [{ topic, partitions: [{ partition, fetchOffset: offset.toString(), maxBytes }] }];
    try {
      const answer: Fetched = await broker.fetch({ maxWaitTime: 0, maxBytes, topics });
      return answer.responses[0]?.partitions[0]?.messages ?? [];
    } catch (error) {
      if (isOutOfRange(error)) return [];
      throw error;
    }
  };
  const lastFrom = async (topic: string, partition: number, from: bigint, high: bigint): Promise<Mark | undefined> => {
    let last: Mark | undefined;
    for (let offset = from; offset < high; ) {
      const records = await fetch(topic, partition, offset, scanBytes);
      for (const record of records) {
        const id = idOf(record);
        if (id !== undefined && BigInt(record.offset) < high) last = { offset: BigInt(record.offset), id };
      }
      const reached = BigInt(records.at(-1)?.offset ?? high);
      offset = reached < offset ? high : reached + 1n;
    }
    return last;
  };

  return {
    async bounds(topic) {
      try {
        await cluster.addTargetTopic(topic);
      } catch (error) {
        if (typesOf(error).includes('UNKNOWN_TOPIC_OR_PARTITION')) return undefined;
        throw error;
      }
      const lows = await offsets(topic, true);
      const highs = await offsets(topic, false);
      return new Map([...highs].map(([partition, high]) => [partition, { low: lows.get(partition) ?? 0n, high }]));
    },
    async eventAt(topic, partition, offset) {
      const records = await fetch(topic, partition, offset, oneBatchBytes);
      const record = records.find((found) => BigInt(found.offset) === offset);
      return record === undefined ? undefined : idOf(record);
    },
    async lastEvent(topic, partition, { low, high }) {
      for (let step = firstStep; ; step *= 4n) {
        const isWhole = high - step <= low;
        const last = await lastFrom(topic, partition, isWhole ? low : high - step, high);
        if (last !== undefined || isWhole) return last;
      }
    },
    close,
  };
}

/**
 * kafkajs has no public reader without a group, but it hands its cluster to whoever assigns partitions: the consumer here never
 * joins a group.
 */
async function openCluster(kafka: Kafka): Promise<{ readonly cluster: Cluster; readonly close: () => Promise<void> }> {
  let cluster: Cluster | undefined;
  const consumer = kafka.consumer({
    groupId: 'none',
    readUncommitted: false,
    allowAutoTopicCreation: false,
    retry: { initialRetryTime: 100, retries: 3 },
    partitionAssigners: [
      (config) => {
        cluster = config.cluster;
        return PartitionAssigners.roundRobin(config);
      },
    ],
  });
  if (cluster === undefined) throw new Error('kafkajs gave no cluster to the assigner');
  await consumer.connect();
  return { cluster, close: () => consumer.disconnect() };
}

/** Undefined for what is no event, as the end of a transaction. */
function idOf({ value, isControlRecord }: FetchedRecord): string | undefined {
  if (isControlRecord || value === null) return undefined;
  try {
    return serverEvent(JSON.parse(value.toString('utf8'))).id;
  } catch {
    // The consumer refuses it when it comes to it.
    return undefined;
  }
}
