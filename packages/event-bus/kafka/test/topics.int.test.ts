import { messagesFor } from '@odst/event-bus/contract';
import { createLogger } from '@odst/telemetry';
import { eventually, hasKafka, type KafkaBroker, startKafkaBroker } from '@odst/testing';
import type { Admin } from 'kafkajs';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { keysFor, service } from './support/notes-service.ts';
import { aPrefix, brokerTopic, openBus, upTo } from './support/open-bus.ts';
import { plainClient, readPositions } from './support/raw-topic.ts';

const fence = 1n;

describe.skipIf(!(await hasKafka()))('on a broker whose topics lose their records by default', () => {
  let broker: KafkaBroker;
  let admin: Admin;

  beforeAll(async () => {
    broker = await startKafkaBroker({
      settings: (ours) => ({
        ...ours,
        'log.cleanup.policy': 'compact,delete',
        'log.retention.ms': '1000',
        'log.retention.bytes': '1',
        'log.retention.check.interval.ms': '100',
        'log.initial.task.delay.ms': '100',
        'log.cleaner.backoff.ms': '100',
        'log.cleaner.min.cleanable.ratio': '0.01',
        // Neither takes anything from the segment that is written to: this makes a new one at every publication.
        'log.roll.ms': '50',
      }),
    });
    admin = plainClient(broker.brokers).admin();
    await admin.connect();
  });
  afterAll(async () => {
    await admin?.disconnect();
    await broker?.[Symbol.asyncDispose]();
  });

  const logged: Record<string, unknown>[] = [];
  const logger = createLogger({ name: 'test', destination: { write: (line) => logged.push(JSON.parse(line)) } });
  const warnings = (topic: string) =>
    logged.filter((line) => line['level'] === 'warn' && line['topic'] === topic).map(({ settings }) => settings);

  test('a topic of the bus keeps every event, and nobody is warned', async () => {
    const prefix = aPrefix();
    const bus = openBus(broker.brokers, prefix, { logger });
    const topic = brokerTopic(prefix);
    const other = `${topic}.other`;
    await admin.createTopics({ topics: [{ topic: other, numPartitions: 1 }] });
    const producer = plainClient(broker.brokers).producer();
    onTestFinished(() => producer.disconnect());
    await producer.connect();
    for (const round of [1, 2, 3]) {
      await bus.publish({ service, fence }, messagesFor(bus, keysFor(100), BigInt(round * 100 - 99)));
      await producer.send({ topic: other, messages: [{ key: 'a', value: 'lost' }] });
      // Written later than ours, which would be gone by then as well.
      await eventually(async () => (await admin.fetchTopicOffsets(other))[0]?.low === `${round}`, 120_000);
    }
    expect((await openBus(broker.brokers, prefix, { logger }).lastPublished(service)).position).toBe(300n);
    expect((await admin.fetchTopicOffsets(topic)).map(({ low }) => low)).toEqual(Array.from({ length: 6 }, () => '0'));
    expect(await readPositions(broker.brokers, topic)).toEqual(upTo(300));
    expect(warnings(topic)).toEqual([]);
  });

  test('a topic that was there is used as it is, with a warning that names it and what loses events', async () => {
    const prefix = aPrefix();
    const bus = openBus(broker.brokers, prefix, { logger });
    const topic = brokerTopic(prefix);
    // Long limits: what is looked at is the warning.
    const configEntries = Object.entries({ 'retention.ms': '3600000', 'retention.bytes': '1000000' });
    const made = { topic, numPartitions: 1, configEntries: configEntries.map(([name, value]) => ({ name, value })) };
    await admin.createTopics({ topics: [made] });
    await bus.publish({ service, fence }, messagesFor(bus, keysFor(1)));
    await bus.publish({ service, fence }, messagesFor(bus, keysFor(1), 2n));
    expect((await bus.lastPublished(service)).position).toBe(2n);
    expect(warnings(topic)).toEqual([['cleanup.policy=compact,delete', 'retention.ms=3600000', 'retention.bytes=1000000']]);
  });
});
