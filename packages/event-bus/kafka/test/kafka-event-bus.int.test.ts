import { eventBusContract } from '@odst/event-bus/contract';
import { createSilentLogger } from '@odst/telemetry';
import { hasKafka, sharedKafka } from '@odst/testing';
import { afterAll, beforeAll, describe } from 'vitest';
import { createKafkaEventBus, type KafkaEventBus } from '../src/index.ts';
import { createNotes, type Notes } from './support/notes-service.ts';

describe.skipIf(!(await hasKafka()))('with a real broker', () => {
  let brokers: string;
  let notes: Notes;
  let made = 0;
  beforeAll(async () => {
    [brokers, notes] = [await sharedKafka(), await createNotes()];
  });
  afterAll(() => notes?.[Symbol.asyncDispose]());

  eventBusContract('Kafka', async () => {
    made += 1;
    const topicPrefix = `contract${made}`;
    const buses: KafkaEventBus[] = [];
    const open = (): KafkaEventBus => {
      const bus = createKafkaEventBus({
        connection: { brokers: [brokers] },
        topicPrefix,
        progressStore: notes.progressStore,
        iss: Promise.resolve('iss'),
        logger: createSilentLogger(),
      });
      buses.push(bus);
      return bus;
    };
    return {
      bus: open(),
      another: open,
      dispose: async () => {
        for (const bus of buses) await bus[Symbol.asyncDispose]();
        await notes.pool.query('TRUNCATE bus.consumers');
      },
    };
  });
});
