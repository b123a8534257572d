import { eventually, hasKafka, sharedKafka } from '@odst/testing';
import { beforeAll, describe, expect, test } from 'vitest';
import { createKafkaEventSource, type KafkaEventSourceOptions } from '../../src/kafka/kafka-event-source.ts';
import type { Retry } from '../../src/retry.ts';
import { gather, idsTo } from '../gather.ts';
import { openTopics } from './open-topics.ts';

let brokers: readonly string[] = [];
const timeoutMs = 120_000;

describe.skipIf(!(await hasKafka()))('topics that are not there', () => {
  beforeAll(async () => {
    brokers = [await sharedKafka()];
  });

  const open = async (made: readonly string[], options: Partial<KafkaEventSourceOptions> = {}) => {
    const topics = await openTopics(brokers, made);
    const retries: Retry[] = [];
    const onRetry = (retry: Retry) => retries.push(retry);
    const { topicPrefix } = topics;
    const source = createKafkaEventSource({ brokers, topicPrefix, services: ['catalog', 'storage'], onRetry, ...options });
    return { ...topics, source, retries };
  };

  test('are named, and after a while the reading ends with them', async () => {
    const { source, retries, topicPrefix } = await open(['catalog'], { missingTopicMs: 1_000 });
    const error = await gather(source).ended;
    expect(error).toMatchObject({ code: 'COMMON_REQUEST_INVALID', details: { topics: [`${topicPrefix}.storage.v1`] } });
    expect(String(error)).toContain(`Kafka has no topic ${topicPrefix}.storage.v1 for 1 s`);
    // The topic that is there may be without a leader at first.
    expect(retries.map((retry) => retry.error.message)).toContain(`Kafka has no topic ${topicPrefix}.storage.v1`);
  });

  test.each(['beginning', 'latest'] as const)(
    'may come a moment later, and nothing of them is left out: from the %s',
    async (from) => {
      const topics = await open([]);
      const { ids } = gather(topics.source, from);
      await eventually(() => topics.retries.length > 0, timeoutMs);
      await topics.make(['catalog', 'storage']);
      await topics.publishTo(3);
      await eventually(() => ids().length === 3, timeoutMs);
      expect(ids()).toEqual(idsTo(3));
    },
  );
});
