import { pause } from '@odst/async';
import { OdstError } from '@odst/kernel';
import type { Logger } from '@odst/telemetry';
import type { Admin, ITopicMetadata } from 'kafkajs';
import { protocolErrorOf } from './kafka-error.ts';
import type { Lazy } from './lazily.ts';
import { keepsAll, warnOfLoss } from './topic-retention.ts';

/** How topics are made that are not there yet. */
export type TopicShape = {
  /** 1 to 1,000. */
  readonly partitions: number;
  /** Copies of each partition. Default: the brokers' own default. */
  readonly replicationFactor?: number;
};

const awaitedMs = 5_000;
const pollMs = 20;

/**
 * Makes sure that a topic is there. Events are kept for ever, so that a consumer may begin anywhere; of a topic that was there
 * and loses some a warning tells.
 */
export function createTopics(
  admin: Lazy<Admin>,
  { partitions, replicationFactor = -1 }: TopicShape,
  logger: Logger,
): (topic: string) => Promise<void> {
  const known = new Map<string, Promise<void>>();

  const make = (topic: string): Promise<void> =>
    admin.use(async (client) => {
      if (await isThere(client, topic)) return warnOfLoss(client, topic, logger);
      const configEntries = Object.entries(keepsAll).map(([name, value]) => ({ name, value }));
      const made = { topic, numPartitions: partitions, replicationFactor, configEntries };
      await client.createTopics({ topics: [made], waitForLeaders: false });
      // A broker knows of it a moment later than the controller that makes it, and the client asks too early.
      for (const startedAt = performance.now(); !(await isThere(client, topic)); ) {
        if (performance.now() - startedAt > awaitedMs) {
          throw new OdstError('COMMON_SERVICE_UNAVAILABLE', `the topic ${topic} was made and cannot be used yet`);
        }
        await pause(pollMs);
      }
    });
  return (topic) => {
    const made = known.get(topic) ?? make(topic);
    known.set(topic, made);
    made.catch(() => known.delete(topic));
    return made;
  };
}

async function isThere(client: Admin, topic: string): Promise<boolean> {
  let topics: ITopicMetadata[];
  try {
    ({ topics } = await client.fetchTopicMetadata({ topics: [topic] }));
  } catch (error) {
    if (protocolErrorOf(error)?.type === 'UNKNOWN_TOPIC_OR_PARTITION') return false;
    throw error;
  }
  const partitions = topics.find(({ name }) => name === topic)?.partitions ?? [];
  return partitions.length > 0 && partitions.every(({ leader }) => leader >= 0);
}
