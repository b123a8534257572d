import { type DeadLetters, type EventBus, type Inbox, type Relay, startRelay } from '@odst/event-bus';
import { createKafkaEventBus, type KafkaEventBusOptions } from '@odst/event-bus-kafka';
import { createInbox, createPostgresDeadLetters, createPostgresEventBus, createPostgresLease } from '@odst/event-bus-postgres';
import { createPostgresEventStore, type PostgresEventStore } from '@odst/event-store-postgres';
import type { Clock } from '@odst/kernel';
import { createPool } from '@odst/service-host';
import type { Logger } from '@odst/telemetry';
import type { Pool } from 'pg';

/** Of {@link openBackbone}. */
export type BackboneOptions = {
  /** URL as the service's own role. */
  readonly databaseUrl: string;
  /** Name of the service, of its schema and of its topic. */
  readonly service: string;
  /** Kafka as the bus. Default: the bus is the database. */
  readonly kafka?: KafkaBus | undefined;
  readonly clock: Clock;
  readonly logger: Logger;
};

/** Where the events go that are published. */
export type KafkaBus = Omit<KafkaEventBusOptions, 'clientId' | 'logger'>;

/** What every service runs on. Disposing waits for what is under way and closes the connections. */
export type Backbone = AsyncDisposable & {
  /** Connections of the service's role, `search_path` set to its schema. */
  readonly pool: Pool;
  readonly store: PostgresEventStore;
  readonly bus: EventBus;
  readonly inbox: Inbox;
  readonly deadLetters: DeadLetters;
  /** Starts to publish the service's events, once the server's identity is known. The caller disposes it first. */
  startRelay(iss: string): Relay;
};

/** Most connections of one service; each backend costs some megabytes. */
const maxConnections = 8;

/**
 * Opens a service's part of the database, and the bus. The schema was made by `provisionService`. Inbox, dead letters and the
 * relay's lease are in the database whatever the bus is.
 */
export function openBackbone(options: BackboneOptions): Backbone {
  const { service, clock } = options;
  const logger = options.logger.child({ service });
  const pool = createPool(options.databaseUrl, {
    applicationName: `odst ${service}`,
    schema: service,
    max: maxConnections,
    logger,
  });
  const store = createPostgresEventStore({ pool, schema: service, clock, logger });
  const bus =
    options.kafka === undefined
      ? createPostgresEventBus({ pool, logger })
      : createKafkaEventBus({ ...options.kafka, clientId: `odst-${service}`, logger });
  return {
    pool,
    store,
    bus,
    inbox: createInbox(pool, service),
    deadLetters: createPostgresDeadLetters({ pool, schema: service, clock }),
    startRelay: (iss) => {
      const lease = createPostgresLease({ pool, schema: service, name: 'relay' });
      return startRelay({ service, iss, source: store, bus, lease, logger });
    },
    async [Symbol.asyncDispose]() {
      await bus[Symbol.asyncDispose]();
      await store[Symbol.asyncDispose]();
      await pool.end();
    },
  };
}
