import { OdstError } from '@odst/kernel';
import { hasKafka, sharedKafka } from '@odst/testing';
import { beforeAll, describe, expect, test } from 'vitest';
import { createKafkaEventSource, type KafkaEventSourceOptions } from '../../src/kafka/kafka-event-source.ts';
import { readEvents } from '../../src/read-events.ts';
import type { Retry } from '../../src/retry.ts';
import { eventSourceContract } from '../event-source-contract.ts';
import { gather } from '../gather.ts';
import { openTopics } from './open-topics.ts';

let brokers: readonly string[] = [];
const timeoutMs = 120_000;

describe.skipIf(!(await hasKafka()))('with a real broker', () => {
  beforeAll(async () => {
    brokers = [await sharedKafka()];
  });

  const open = async (types?: readonly string[]) => {
    const { topicPrefix, ...publisher } = await openTopics(brokers);
    const services = ['catalog', 'storage'] as const;
    const source = createKafkaEventSource({ brokers, topicPrefix, services, ...(types === undefined ? {} : { types }) });
    return { source, ...publisher };
  };
  eventSourceContract('Kafka', open, timeoutMs);

  test('passes over other types, and its position with them', async () => {
    const { source, publishTo } = await open(['BlobVerified']);
    await publishTo(3);
    const positions: string[] = [];
    for await (const { event, position } of source.read('beginning', new AbortController().signal)) {
      expect(event).toBeUndefined();
      if (positions.push(position) === 3) break;
    }
    expect(new Set(positions).size).toBe(3);
  });

  test('ends with a message that is no event', async () => {
    const { source, publishTo, publishText } = await open();
    await publishTo(1);
    await publishText('{"hello":"world"}');
    const { ids, ended } = gather(source);
    expect(await ended).toMatchObject({ code: 'COMMON_EVENT_UNKNOWN' });
    expect(ids()).toEqual(['event-1']);
  });

  test('gives an event again whose consumer left in its middle', async () => {
    const { source, publishTo } = await open();
    await publishTo(3);
    const saved = new Map<string, string>();
    const checkpoint = {
      load: async () => saved.get('position'),
      save: async (position: string) => void saved.set('position', position),
    };
    for (const first of ['event-1', 'event-2', 'event-3']) {
      let count = 0;
      for await (const { event } of readEvents({ source, checkpoint, saveEveryMs: 0 })) {
        count += 1;
        if (count === 1) expect(event.id).toBe(first);
        if (count === 2 || event.id === 'event-3') break;
      }
    }
  });
});

test('waits for a Kafka that is away, and ends when it is told to', async () => {
  const abort = new AbortController();
  const retries: Retry[] = [];
  const onRetry = (retry: Retry): void => {
    retries.push(retry);
    abort.abort();
  };
  const source = createKafkaEventSource({ brokers: ['127.0.0.1:1'], onRetry });
  for await (const item of source.read('latest', abort.signal)) expect(item).toBe('nothing');
  expect(retries).toMatchObject([{ failures: 1, error: { code: 'COMMON_SERVICE_UNAVAILABLE' } }]);
  expect(retries[0]?.error.message).toContain('ECONNREFUSED');
});

test('refuses services and events that there are not, and takes full names that only a newer server knows', () => {
  const source = (options: Partial<KafkaEventSourceOptions>) => () =>
    createKafkaEventSource({ brokers: ['127.0.0.1:1'], ...options });
  // As somebody without a compiler writes it.
  expect(source({ services: ['catalgo' as 'catalog'] })).toThrow(/"catalgo"; there are registration, catalog, storage, sync/);
  expect(source({ services: [] })).toThrow(OdstError);
  expect(source({ types: ['BlobVerified', 'PackagePublishd'] })).toThrow(/no event is named "PackagePublishd"/);
  expect(source({ types: ['org.odst.catalog.PackageRenamed.v3', 'BlobVerified'] })).not.toThrow();
});
