import type { BusMessage } from '@odst/event-bus';
import { aMessage } from '@odst/event-bus/contract';
import kafkajs from 'kafkajs';
import { describe, expect, test } from 'vitest';
import { createPublisher, foreignTopic } from '../src/publisher.ts';
import { type RawRecord, storedRecordOf } from '../src/record.ts';
import { tailOf } from '../src/topic-tail.ts';
import type { TextRecord, TransactionalProducer } from '../src/transactional-producer.ts';

const conflict = { code: 'COMMON_COMMAND_CONFLICT' };
const messages = (first: number, count: number): readonly BusMessage[] =>
  Array.from({ length: count }, (_, index) => aMessage(BigInt(first + index)));

/** A topic as brokers have it: who opens a producer shuts out the one before. */
function aTopic() {
  const records: RawRecord[] = [];
  let epoch = 0;
  const topic = {
    opened: 0,
    /** Runs instead of the next write, which happens or not. */
    breakNext: undefined as ((write: () => void) => void) | undefined,
    positions: () => records.map((record) => Number(storedRecordOf(0, record)?.position)),
    async readTail() {
      return tailOf(records.map((record) => ({ last: storedRecordOf(0, record), settled: true })));
    },
    async openProducer(): Promise<TransactionalProducer> {
      epoch += 1;
      topic.opened += 1;
      const mine = epoch;
      return {
        async write(_topic, texts: readonly TextRecord[]) {
          if (mine !== epoch) throw fenced();
          const write = () => {
            for (const { key, value, headers = {} } of texts) {
              records.push({ offset: `${records.length}`, key: Buffer.from(String(key)), value: Buffer.from(value), headers });
            }
          };
          const broken = topic.breakNext;
          topic.breakNext = undefined;
          if (broken === undefined) write();
          else broken(write);
        },
        close: async () => undefined,
      };
    },
  };
  const { openProducer, readTail } = topic;
  const foreign = () => foreignTopic('odst.notes.v1', 'odst-2');
  const open = () => createPublisher({ topic: 'odst.notes.v1', openProducer, readTail, readSettledTail: readTail, foreign });
  return { topic, open };
}

function fenced(): Error {
  return Object.assign(new kafkajs.KafkaJSProtocolError('fenced'), { type: 'INVALID_PRODUCER_EPOCH' });
}

describe('a publisher', () => {
  test('opens one producer for many publications', async () => {
    const { topic, open } = aTopic();
    const publisher = open();
    await Promise.all([publisher.publish(1n, messages(1, 2)), publisher.publish(1n, messages(3, 2))]);
    expect(topic.positions()).toEqual([1, 2, 3, 4]);
    expect(topic.opened).toBe(1);
  });

  test('reads back what was committed after a publication whose outcome is unknown', async () => {
    for (const wasCommitted of [true, false]) {
      const { topic, open } = aTopic();
      const publisher = open();
      await publisher.publish(1n, messages(1, 2));
      topic.breakNext = (write) => {
        if (wasCommitted) write();
        throw Object.assign(new kafkajs.KafkaJSProtocolError('the connection broke'), { type: 'NETWORK' });
      };
      await expect(publisher.publish(1n, messages(3, 2))).rejects.toMatchObject({ code: 'COMMON_SERVICE_UNAVAILABLE' });
      await publisher.publish(1n, messages(3, 3));
      expect(topic.positions()).toEqual([1, 2, 3, 4, 5]);
    }
  });

  test('is refused by the broker once another has taken over, and disturbs that one no more', async () => {
    const { topic, open } = aTopic();
    const old = open();
    const successor = open();
    await old.publish(1n, messages(1, 1));
    await successor.publish(2n, messages(2, 1));
    await expect(old.publish(1n, messages(2, 1))).rejects.toMatchObject(conflict);
    await expect(old.publish(1n, messages(3, 1))).rejects.toMatchObject(conflict);
    await successor.publish(2n, messages(3, 1));
    expect(topic.positions()).toEqual([1, 2, 3]);
    expect(topic.opened).toBe(2);
  });

  test('with a lower fence than the topic knows shuts nobody out', async () => {
    const { topic, open } = aTopic();
    await open().publish(7n, messages(1, 1));
    await expect(open().publish(6n, messages(2, 1))).rejects.toMatchObject(conflict);
    expect(topic.opened).toBe(1);
  });

  test('of another server is refused, and the setting is named', async () => {
    const { topic, open } = aTopic();
    await open().publish(1n, messages(1, 1));
    const [message] = messages(2, 1);
    if (message === undefined) throw new Error('one message was made');
    const foreign = { ...message, event: { ...message.event, source: 'urn:odst:server:another' } };
    await expect(open().publish(2n, [foreign])).rejects.toThrow(
      /^KAFKA_TOPIC_PREFIX: the topic odst.notes.v1 .*; example: KAFKA_TOPIC_PREFIX=odst-2$/,
    );
    expect(topic.opened).toBe(1);
  });
});
