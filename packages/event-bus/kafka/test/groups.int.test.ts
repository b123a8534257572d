import { messagesFor } from '@odst/event-bus/contract';
import { eventually, hasKafka, sharedKafka } from '@odst/testing';
import { beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { recordOf } from '../src/record.ts';
import { expectEffectsOnce, startCopying } from './support/consumer.ts';
import { createNotes, keysFor, service } from './support/notes-service.ts';
import { aPrefix, openBus } from './support/open-bus.ts';
import { plainClient, readPositions } from './support/raw-topic.ts';

const fence = 1n;

describe.skipIf(!(await hasKafka()))('a group on a real broker', () => {
  let brokers: string;
  beforeAll(async () => {
    brokers = await sharedKafka();
  });

  test('of two members loses and doubles nothing when one comes and one leaves in the middle', { timeout: 60_000 }, async () => {
    await using notes = await createNotes();
    const prefix = aPrefix();
    const publisher = openBus(brokers, prefix);
    const first = await startCopying(openBus(brokers, prefix), notes);
    const publish = async (position: number) =>
      publisher.publish({ service, fence }, messagesFor(publisher, keysFor(500), BigInt(position)));
    const reaches = (count: number) => eventually(async () => (await notes.effects()).length >= count, 20_000);
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

  test('parks a key that fails, and handles a thousand others; a retry heals it', { timeout: 60_000 }, async () => {
    await using notes = await createNotes();
    const bus = openBus(brokers, aPrefix());
    let broken = true;
    const reaction = await startCopying(bus, notes, async ({ key }) => {
      if (broken && key === 'bad') throw new Error('cannot be copied');
    });
    onTestFinished(async () => reaction[Symbol.asyncDispose]());
    const keys = ['bad', ...Array.from({ length: 1_000 }, (_, index) => `key-${index}`), 'bad'];
    await bus.publish({ service, fence }, messagesFor(bus, keys));
    await eventually(async () => (await notes.effects()).length === 1_000 && (await notes.deadLetters.count()) === 2, 20_000);
    const [letter] = await notes.deadLetters.list();
    expect(letter).toMatchObject({ key: 'bad', position: 1n, state: 'failed', topic: bus.topicOf(service) });
    broken = false;
    expect(await reaction.retry(letter?.id ?? 0)).toEqual({ handled: 2 });
    await expectEffectsOnce(notes, 1_002);
  });

  test('handles once what is twice in the topic', async () => {
    await using notes = await createNotes();
    const bus = openBus(brokers, aPrefix());
    const reaction = await startCopying(bus, notes);
    onTestFinished(async () => reaction[Symbol.asyncDispose]());
    const messages = messagesFor(bus, keysFor(20));
    await bus.publish({ service, fence }, messages);
    const producer = plainClient(brokers).producer();
    await producer.connect();
    await producer.send({ topic: bus.topicOf(service), messages: messages.map((message) => recordOf(message, fence)) });
    await producer.disconnect();
    await bus.publish({ service, fence }, messagesFor(bus, keysFor(20), 21n));
    await eventually(async () => (await notes.effects()).length >= 40, 20_000);
    await expectEffectsOnce(notes, 40);
  });

  test('passes over a record that is no event, and goes on behind records that were deleted', { timeout: 60_000 }, async () => {
    await using notes = await createNotes();
    const bus = openBus(brokers, aPrefix(), { partitions: 2 });
    const topic = bus.topicOf(service);
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
    await eventually(async () => (await notes.effects()).length === left.length + 20, 20_000);
    expect((await notes.effects()).map(({ position }) => position).sort((a, b) => a - b)).toEqual([
      ...left,
      ...Array.from({ length: 20 }, (_, index) => 41 + index),
    ]);
  });

  test('keeps the order of each key when partitions are added', { timeout: 60_000 }, async () => {
    await using notes = await createNotes();
    const bus = openBus(brokers, aPrefix(), { partitions: 2 });
    const topic = bus.topicOf(service);
    const reaction = await startCopying(bus, notes);
    onTestFinished(async () => reaction[Symbol.asyncDispose]());
    await bus.publish({ service, fence }, messagesFor(bus, keysFor(100)));
    const admin = plainClient(brokers).admin();
    await admin.connect();
    await admin.createPartitions({ topicPartitions: [{ topic, count: 5 }] });
    await admin.disconnect();
    // As after a restart: a producer looks for new partitions every five minutes.
    const successor = openBus(brokers, topic.split('.')[0] ?? '');
    await successor.publish({ service, fence: 2n }, messagesFor(bus, keysFor(100), 101n));
    await reaction[Symbol.asyncDispose]();
    const again = await startCopying(successor, notes);
    onTestFinished(async () => again[Symbol.asyncDispose]());
    await eventually(async () => (await notes.effects()).length === 200, 20_000);
    await expectEffectsOnce(notes, 200);
  });
});
