import { createMemoryProgressStore, type ProgressStore, topicOf } from '@odst/event-bus';
import { createSilentLogger, type Logger } from '@odst/telemetry';
import { onTestFinished } from 'vitest';
import { createKafkaEventBus, type KafkaEventBus } from '../../src/index.ts';
import { topicNames } from '../../src/topic-names.ts';
import { service } from './notes-service.ts';

let made = 0;

/** The name on the brokers of the topic of the tests' service. */
export const brokerTopic = (topicPrefix: string): string => topicNames(topicPrefix).onBrokers(topicOf(service));

/** A topic prefix that no other test has. */
export function aPrefix(): string {
  made += 1;
  return `test${process.pid}x${made}`;
}

/** By prefix: what all processes of a test share where no database is given. */
const progressStores = new Map<string, ProgressStore>();

function storeOf(topicPrefix: string): ProgressStore {
  const store = progressStores.get(topicPrefix) ?? createMemoryProgressStore();
  progressStores.set(topicPrefix, store);
  return store;
}

/** A bus for the rest of the test, as a process of its own has it. */
export function openBus(
  brokers: string,
  topicPrefix: string,
  options: { readonly partitions?: number; readonly logger?: Logger; readonly progressStore?: ProgressStore } = {},
): KafkaEventBus {
  const { partitions = 6, logger = createSilentLogger(), progressStore = storeOf(topicPrefix) } = options;
  const bus = createKafkaEventBus({
    connection: { brokers: [brokers] },
    topicPrefix,
    topics: { partitions },
    progressStore,
    iss: Promise.resolve('iss'),
    logger,
  });
  onTestFinished(async () => bus[Symbol.asyncDispose]());
  return bus;
}

/** Positions from 1 on. */
export const upTo = (count: number): readonly number[] => Array.from({ length: count }, (_, index) => index + 1);
