import { messagesFor } from '@odst/event-bus/contract';
import { eventually, hasKafka, sharedKafka } from '@odst/testing';
import kafkajs from 'kafkajs';
import { beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { recordOf } from '../src/record.ts';
import { expectEffectsOnce, startCopying } from './support/consumer.ts';
import { keysFor, notesOfTest, service } from './support/notes-service.ts';
import { aPrefix, brokerTopic, openBus } from './support/open-bus.ts';
import { plainClient, readPositions, readRecords } from './support/raw-topic.ts';

const { ConfigResourceTypes, ConfigSource } = kafkajs;
const fence = 1n;

describe.skipIf(!(await hasKafka()))('a group on a real broker', () => {
  let brokers: string;
  beforeAll(async () => {
    brokers = await sharedKafka();
  });

  test('of two members loses and doubles nothing when one comes and one leaves in the middle', async () => {
    const notes = await notesOfTest();
    const prefix = aPrefix();
    const publisher = openBus(brokers, prefix);
    const first = await startCopying(openBus(brokers, prefix), notes);
    const publish = async (position: number) =>
      publisher.publish({ service, fence }, messagesFor(publisher, keysFor(500), BigInt(position)));
    const reaches = (count: number) => eventually(async () => (await notes.effects()).length >= count, 120_000);
    await publish(1);
    await reaches(50);
    const second = await startCopying(openBus(brokers, prefix), notes);
    onTestFinished(async () => second[Symbol.asyncDispose]());
    await publish(501);
    await publish(1_001);
    await reaches(600);
    await first[Symbol.asyncDispose]();
    await publish(1_501);
    await reaches(2_000);
    await expectEffectsOnce(notes, 2_000);
  });

  test('parks a key that fails, and handles a thousand others; a retry heals it', async () => {
    const notes = await notesOfTest();
    const bus = openBus(brokers, aPrefix());
    let broken = true;
    const reaction = await startCopying(bus, notes, async ({ key }) => {
      if (broken && key === 'bad') throw new Error('cannot be copied');
    });
    onTestFinished(async () => reaction[Symbol.asyncDispose]());
    const keys = ['bad', ...Array.from({ length: 1_000 }, (_, index) => `key-${index}`), 'bad'];
    await bus.publish({ service, fence }, messagesFor(bus, keys));
    await eventually(async () => (await notes.effects()).length === 1_000 && (await notes.deadLetters.count()) === 2, 120_000);
    const [letter] = await notes.deadLetters.list();
    expect(letter).toMatchObject({ key: 'bad', position: 1n, state: 'failed', topic: bus.topicOf(service) });
    broken = false;
    expect(await reaction.retry(letter?.id ?? 0)).toEqual({ handled: 2 });
    await expectEffectsOnce(notes, 1_002);
  });

  test('handles once what is twice in the topic', async () => {
    const notes = await notesOfTest();
    const prefix = aPrefix();
    const bus = openBus(brokers, prefix);
    const reaction = await startCopying(bus, notes);
    onTestFinished(async () => reaction[Symbol.asyncDispose]());
    const messages = messagesFor(bus, keysFor(20));
    await bus.publish({ service, fence }, messages);
    const producer = plainClient(brokers).producer();
    await producer.connect();
    await producer.send({ topic: brokerTopic(prefix), messages: messages.map((message) => recordOf(message, fence)) });
    await producer.disconnect();
    await bus.publish({ service, fence }, messagesFor(bus, keysFor(20), 21n));
    await eventually(async () => (await notes.effects()).length >= 40, 120_000);
    await expectEffectsOnce(notes, 40);
  });

  test('that was away until Kafka forgot it completes itself, and nothing takes effect twice', async () => {
    const notes = await notesOfTest();
    const prefix = aPrefix();
    const bus = openBus(brokers, prefix);
    await bus.publish({ service, fence }, messagesFor(bus, keysFor(200)));
    const before = await startCopying(bus, notes);
    await eventually(async () => (await notes.effects()).length === 200, 120_000);
    await before[Symbol.asyncDispose]();
    await bus.publish({ service, fence }, messagesFor(bus, keysFor(200), 201n));
    // What Kafka does by itself with the offsets of a group without members, after seven days.
    const admin = plainClient(brokers).admin();
    await admin.connect();
    await admin.deleteGroups([`${prefix}.iss.notes.copy`]);
    await admin.disconnect();
    const after = await startCopying(bus, notes);
    onTestFinished(async () => after[Symbol.asyncDispose]());
    await eventually(async () => (await notes.effects()).length >= 400, 120_000);
    await expectEffectsOnce(notes, 400);
  });

  test('passes over a record that is no event, and goes on behind records that were deleted', async () => {
    const notes = await notesOfTest();
    const prefix = aPrefix();
    const bus = openBus(brokers, prefix, { partitions: 2 });
    const topic = brokerTopic(prefix);
    await bus.publish({ service, fence }, messagesFor(bus, keysFor(20)));
    const client = plainClient(brokers);
    const admin = client.admin();
    await admin.connect();
    // The client deletes of topics that it has asked of before.
    await admin.fetchTopicOffsets(topic);
    const partitions = [0, 1].map((partition) => ({ partition, offset: '-1' }));
    await admin.deleteTopicRecords({ topic, partitions });
    await admin.disconnect();
    await bus.publish({ service, fence }, messagesFor(bus, keysFor(20), 21n));
    const left = await readPositions(brokers, topic);
    expect(left[0]).toBeGreaterThan(1);
    const producer = client.producer();
    await producer.connect();
    await producer.send({ topic, messages: [{ key: 'key-1', value: 'not JSON' }] });
    await producer.disconnect();
    const reaction = await startCopying(bus, notes);
    onTestFinished(async () => reaction[Symbol.asyncDispose]());
    await bus.publish({ service, fence }, messagesFor(bus, keysFor(20), 41n));
    await eventually(async () => (await notes.effects()).length === left.length + 20, 120_000);
    expect((await notes.effects()).map(({ position }) => position).sort((a, b) => a - b)).toEqual([
      ...left,
      ...Array.from({ length: 20 }, (_, index) => 41 + index),
    ]);
  });

  test('finds the messages of partitions that are added, and keeps the order of each key', async () => {
    const notes = await notesOfTest();
    const prefix = aPrefix();
    const bus = openBus(brokers, prefix, { partitions: 2 });
    const topic = brokerTopic(prefix);
    const reaction = await startCopying(bus, notes);
    onTestFinished(async () => reaction[Symbol.asyncDispose]());
    await bus.publish({ service, fence }, messagesFor(bus, keysFor(100)));
    await eventually(async () => (await notes.effects()).length === 100, 120_000);
    const admin = plainClient(brokers).admin();
    await admin.connect();
    await admin.createPartitions({ topicPartitions: [{ topic, count: 5 }] });
    await admin.disconnect();
    // A producer that was there before looks for new partitions every five minutes only.
    const successor = openBus(brokers, prefix);
    await successor.publish({ service, fence: 2n }, messagesFor(bus, keysFor(100), 101n));
    expect((await bus.lastPublished(service)).position).toBe(200n);
    await eventually(async () => (await notes.effects()).length === 200, 180_000);
    await expectEffectsOnce(notes, 200);
    const partitions = new Set((await readRecords(brokers, topic)).map(({ partition }) => partition));
    expect(partitions.size).toBeGreaterThan(2);
  });

  test('bears the name of its server, and its topics are made to keep their events for ever', async () => {
    const prefix = aPrefix();
    const bus = openBus(brokers, prefix, { partitions: 3 });
    const topic = brokerTopic(prefix);
    await bus.subscribe({ topics: [bus.topicOf(service)], group: 'notes.readers', handler: async () => undefined });
    const admin = plainClient(brokers).admin();
    onTestFinished(() => admin.disconnect());
    await admin.connect();
    await eventually(async () => {
      const { groups } = await admin.listGroups();
      return groups.some(({ groupId }) => groupId === `${prefix}.iss.notes.readers`);
    });
    const [metadata] = (await admin.fetchTopicMetadata({ topics: [topic] })).topics;
    expect(metadata?.partitions).toHaveLength(3);
    const configNames = ['cleanup.policy', 'retention.bytes', 'retention.ms'];
    const { resources } = await admin.describeConfigs({
      includeSynonyms: false,
      resources: [{ type: ConfigResourceTypes.TOPIC, name: topic, configNames }],
    });
    // Set on the topic itself, whatever the brokers' defaults are and become.
    const configSource = ConfigSource.TOPIC_CONFIG;
    const settings = resources[0]?.configEntries.toSorted((a, b) => (a.configName < b.configName ? -1 : 1));
    expect(settings).toMatchObject([
      { configName: 'cleanup.policy', configValue: 'delete', configSource },
      { configName: 'retention.bytes', configValue: '-1', configSource },
      { configName: 'retention.ms', configValue: '-1', configSource },
    ]);
  });
});
