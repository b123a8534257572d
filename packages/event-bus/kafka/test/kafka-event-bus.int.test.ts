import { eventBusContract } from '@odst/event-bus/contract';
import { createSilentLogger } from '@odst/telemetry';
import { hasKafka, sharedKafka } from '@odst/testing';
import { beforeAll, describe } from 'vitest';
import { createKafkaEventBus, type KafkaEventBus } from '../src/index.ts';

describe.skipIf(!(await hasKafka()))('with a real broker', () => {
  let brokers: string;
  let made = 0;
  beforeAll(async () => {
    brokers = await sharedKafka();
  });

  eventBusContract('Kafka', async () => {
    made += 1;
    const topicPrefix = `contract${made}`;
    const buses: KafkaEventBus[] = [];
    const open = (): KafkaEventBus => {
      const bus = createKafkaEventBus({
        connection: { brokers: [brokers] },
        topicPrefix,
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
      },
    };
  });
});
