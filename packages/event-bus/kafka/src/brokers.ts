import type { Logger } from '@odst/telemetry';
import type { Admin, Kafka } from 'kafkajs';
import { createClient, type KafkaConnection } from './connection.ts';
import { type Lazy, lazily } from './lazily.ts';
import { openTopicReader, type TopicReader } from './topic-reader.ts';

/** Ways to the brokers that all topics and subscriptions of a bus share. Disposing closes them. */
export interface Brokers extends AsyncDisposable {
  /** A client of its own, for a producer or a consumer. */
  newClient(): Kafka;
  readonly admin: Lazy<Admin>;
  readonly reader: Lazy<TopicReader>;
}

/** Builds them; nothing is connected yet. */
export function createBrokers(connection: KafkaConnection, clientId: string, logger: Logger): Brokers {
  const newClient = () => createClient(connection, clientId, logger);
  const admin = lazily(
    async () => {
      const opened = newClient().admin();
      await opened.connect();
      return opened;
    },
    (opened) => opened.disconnect(),
  );
  const reader = lazily(
    () => openTopicReader(newClient()),
    (opened) => opened.close(),
  );
  return {
    newClient,
    admin,
    reader,
    async [Symbol.asyncDispose]() {
      await Promise.all([admin[Symbol.asyncDispose](), reader[Symbol.asyncDispose]()]);
    },
  };
}
