import { randomUUID } from 'node:crypto';
import { type EventBus, gapBefore } from '@odst/event-bus';
import { OdstError } from '@odst/kernel';
import { checkedSchema, connectionOf, createListener, createNotifier, type Listener, type Notifier } from '@odst/postgres';
import type { Logger } from '@odst/telemetry';
import type { Pool } from 'pg';
import { createConsumerTable } from './consumer-table.ts';
import { createMessageTable } from './message-table.ts';
import { createSeats } from './seats.ts';

/** What the bus is made of. */
export type PostgresEventBusOptions = {
  /**
   * Connections of the service's role; besides, the bus makes one connection of its own while there are subscriptions.
   * Whoever made the pool handles its `error` event and ends it, after the bus.
   */
  readonly pool: Pool;
  /** First part of the topics' names. Default `odst`; tests that share a database have others. */
  readonly topicPrefix?: string;
  readonly logger: Logger;
  /** Schema in which {@link eventBusMigrations} ran. Default `bus`. */
  readonly schema?: string;
  /** Where the process hears of others. Default a further connection, while there are subscriptions. */
  readonly listener?: Listener;
  /** Milliseconds between two looks for messages of a process that died before it told of them. Default 10,000 */
  readonly lookEveryMs?: number;
};

/** Least time between two notifications of a topic; the first one is sent at once. */
const notifyIntervalMs = 5;

/** Told in the place of a topic when a process left a place in a group. */
const freed = '';

/** The event bus of servers without Kafka. Disposing ends all subscriptions as disposing each would. */
export interface PostgresEventBus extends EventBus, AsyncDisposable {}

/**
 * Builds a bus in a schema of PostgreSQL that all services share; safe with many, in one process or several.
 * @throws OdstError COMMON_SETTING_INVALID for a schema that is no plain name
 */
export function createPostgresEventBus(options: PostgresEventBusOptions): PostgresEventBus {
  const { pool, topicPrefix = 'odst', lookEveryMs = 10_000, logger } = options;
  const schema = checkedSchema(options.schema ?? 'bus');
  const channel = `odst_${schema}`;
  const messages = createMessageTable(pool, schema);
  const consumers = createConsumerTable(schema);
  const self = randomUUID();
  const own = new AsyncDisposableStack();
  const listener = options.listener ?? own.use(createListener({ connection: connectionOf(pool), logger }));
  const onNotification = (payload: string | undefined): void => {
    const [topic, from] = payload?.split(' ') ?? [];
    // What was published here woke the seats at once.
    if (from === self) return;
    if (topic === freed) seats.freed();
    else seats.wake(topic);
  };
  const onFree = (): void => notify(freed);
  const seats = createSeats({ pool, channel, messages, consumers, listener, onNotification, onFree, lookEveryMs, logger });
  const notifiers = new Map<string, Notifier>();
  const topicOf = (service: string): string => `${topicPrefix}.${service}.v1`;

  const notify = (topic: string): void => {
    const notifier =
      notifiers.get(topic) ??
      own.use(createNotifier({ pool, channel, payload: `${topic} ${self}`, intervalMs: notifyIntervalMs, logger }));
    notifiers.set(topic, notifier);
    notifier.notify();
  };

  return {
    topicOf,
    async publish({ service, fence }, published) {
      const topic = topicOf(service);
      const stray = published.find((message) => message.topic !== topic);
      if (stray !== undefined) throw new OdstError('COMMON_INTERNAL', `${stray.topic} is not the topic of ${service}`);
      for (const [index, { position }] of published.entries()) {
        const before = published[index - 1]?.position;
        if (before !== undefined && position !== before + 1n) throw gapBefore(position, before);
      }
      if (published.length === 0) return;
      await messages.publish(topic, fence, published);
      seats.wake(topic);
      notify(topic);
    },
    lastPublished: (service) => messages.last(topicOf(service)),
    foreignTopic: (service) =>
      new OdstError(
        'COMMON_SETTING_INVALID',
        `the schema ${schema} of the database has events of ${service} that the schema ${service} does not have: the two are not ` +
          'of one backup. Nothing was published and nothing is lost; restore the whole database from one backup',
      ),
    oldestUndone: ({ group, topics }) => consumers.oldestUndone(pool, group, topics),
    async subscribe(subscription) {
      const { group, from = 'earliest' } = subscription;
      for (const topic of subscription.topics) await consumers.join(pool, { group, topic }, from);
      return seats.subscribe(subscription);
    },
    async [Symbol.asyncDispose]() {
      await seats[Symbol.asyncDispose]();
      await own.disposeAsync();
    },
  };
}
