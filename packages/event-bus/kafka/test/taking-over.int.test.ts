import { messagesFor } from '@odst/event-bus/contract';
import { createSilentLogger } from '@odst/telemetry';
import { eventually, hasKafka, sharedKafka } from '@odst/testing';
import { beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { createClient } from '../src/connection.ts';
import { isFenced } from '../src/kafka-error.ts';
import { recordOf } from '../src/record.ts';
import { openTransactionalProducer } from '../src/transactional-producer.ts';
import { expectEffectsOnce, startCopying } from './support/consumer.ts';
import { keysFor, notesOfTest, service } from './support/notes-service.ts';
import { aPrefix, brokerTopic, openBus, upTo } from './support/open-bus.ts';
import { plainClient, readPositions, readRecords } from './support/raw-topic.ts';
import { startRelayProcess } from './support/relay-process.ts';

const conflict = { code: 'COMMON_COMMAND_CONFLICT' };

describe.skipIf(!(await hasKafka()))('taking over from a publisher', () => {
  let brokers: string;
  beforeAll(async () => {
    brokers = await sharedKafka();
  });

  const aProducer = async (transactionalId: string) => {
    const client = createClient({ brokers: [brokers] }, 'a test', createSilentLogger());
    const producer = await openTransactionalProducer(client, transactionalId);
    onTestFinished(() => producer.close());
    return producer;
  };

  test('makes the broker refuse what the one before writes with the same transactional id', async () => {
    const prefix = aPrefix();
    const bus = openBus(brokers, prefix);
    const topic = brokerTopic(prefix);
    await bus.lastPublished(service);
    const [first, second, third] = messagesFor(bus, ['a', 'b', 'c']).map((message) => recordOf(message, 1n));
    if (first === undefined || second === undefined || third === undefined) throw new Error('three messages were made');
    const old = await aProducer(topic);
    await old.write(topic, [first]);
    const successor = await aProducer(topic);
    const refused: unknown = await old.write(topic, [third]).catch((error: unknown) => error);
    expect(isFenced(refused)).toBe(true);
    await successor.write(topic, [second]);
    expect(await readPositions(brokers, topic)).toEqual([1, 2]);
  });

  test('gives up what the one before had open, and publishes it again once', async () => {
    const prefix = aPrefix();
    const bus = openBus(brokers, prefix);
    const topic = brokerTopic(prefix);
    const messages = messagesFor(bus, keysFor(30));
    await bus.publish({ service, fence: 1n }, messages.slice(0, 10));
    // One that stood still in the middle of its transaction.
    const producer = plainClient(brokers).producer({ transactionalId: topic, idempotent: true, maxInFlightRequests: 1 });
    onTestFinished(() => producer.disconnect());
    await producer.connect();
    const transaction = await producer.transaction();
    await transaction.send({ topic, messages: messages.slice(10, 20).map((message) => recordOf(message, 2n)) });

    const successor = openBus(brokers, prefix);
    await successor.publish({ service, fence: 3n }, messages.slice(10, 30));
    const ended: unknown = await transaction.commit().catch((error: unknown) => error);
    expect(isFenced(ended)).toBe(true);
    expect((await successor.lastPublished(service)).position).toBe(30n);
    expect(await readPositions(brokers, topic)).toEqual(upTo(30));
    expect(new Set((await readRecords(brokers, topic)).map(({ fence }) => fence))).toEqual(new Set([1n, 3n]));
    await expect(bus.publish({ service, fence: 1n }, messagesFor(bus, ['late'], 11n))).rejects.toMatchObject(conflict);
  });

  test('from one that was killed again and again publishes every event once', async () => {
    const notes = await notesOfTest();
    const topicPrefix = aPrefix();
    const bus = openBus(brokers, topicPrefix);
    const reaction = await startCopying(bus, notes);
    onTestFinished(async () => reaction[Symbol.asyncDispose]());
    const options = { url: notes.url, brokers, topicPrefix };
    for (let round = 0; round < 4; round += 1) {
      await using relay = startRelayProcess(options);
      const writing = notes.write(keysFor(500), round * 500 + 1);
      await eventually(async () => (await bus.lastPublished(service)).position > BigInt(round * 400), 120_000);
      // Somewhere between a publication, its end, and what the relay knows of it.
      await relay.kill();
      await writing;
    }
    await using _last = startRelayProcess(options);
    await eventually(async () => (await notes.effects()).length === 2_000, 120_000);
    await expectEffectsOnce(notes, 2_000);
    const records = await readRecords(brokers, brokerTopic(topicPrefix));
    expect(records.map(({ position }) => Number(position)).sort((a, b) => a - b)).toEqual(upTo(2_000));
  });
});
