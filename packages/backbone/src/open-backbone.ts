import {
  createDeadLetterDesks,
  type DeadLetterDesks,
  type DeadLetters,
  type EventBus,
  type Inbox,
  type Relay,
  requireOwnTopic,
  startRelay,
} from '@odst/event-bus';
import type { KafkaEventBusOptions } from '@odst/event-bus-kafka';
import {
  createInbox,
  createPostgresDeadLetters,
  createPostgresEventBus,
  createPostgresLease,
  createPostgresProgressStore,
} from '@odst/event-bus-postgres';
import type { EventStore } from '@odst/event-store';
import { type Clock, decorated } from '@odst/kernel';
import { connectionOf, createListener, createPool, type Listener, type PostgresTransaction } from '@odst/postgres';
import type { WatchOptions } from '@odst/service-host';
import { createMetrics, isTracing, type Logger, type Metrics } from '@odst/telemetry';
import type { Pool } from 'pg';
import { dependenciesOf } from './dependencies.ts';
import { measuredEventBus } from './measured-event-bus.ts';
import { type EventStoreDbLocation, openEventStore } from './open-event-store.ts';
import { tracedEventBus } from './traced-event-bus.ts';
import { tracedEventStore } from './traced-event-store.ts';

/** Of {@link openBackbone}. */
export type BackboneOptions = {
  /** URL as the service's own role. */
  readonly databaseUrl: string;
  /** Name of the service, of its schema and of its topic. */
  readonly service: string;
  /** Where the events are; default in the service's schema. */
  readonly eventStore?: EventStoreDbLocation | undefined;
  /** Kafka as the bus. Default: the bus is the database. */
  readonly kafka?: KafkaBus | undefined;
  /** Whether the service's events are published. Default true. */
  readonly publishes?: boolean | undefined;
  /** Where the process hears of others, for all services of one process on one database. Default a connection of its own. */
  readonly listener?: Listener | undefined;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Where it is told how many letters are dead, and how far the relay and the consumers are behind. Default: its own, which nobody reads. */
  readonly metrics?: Metrics | undefined;
};

/** Where the events go that are published. */
export type KafkaBus = Omit<KafkaEventBusOptions, 'clientId' | 'logger' | 'progressStore'>;

/** What every service runs on. Disposing waits for what is under way and closes the connections. */
export type Backbone = AsyncDisposable & {
  /** Connections of the service's role, `search_path` set to its schema. */
  readonly pool: Pool;
  /** Where the process hears of others. */
  readonly listener: Listener;
  /** The service's events, in PostgreSQL or EventStoreDB; either way the transactions of `alongside` are PostgreSQL's. */
  readonly store: EventStore<PostgresTransaction>;
  readonly bus: EventBus;
  readonly inbox: Inbox;
  readonly deadLetters: DeadLetters;
  /** Of the consumers that run in this process. */
  readonly desks: DeadLetterDesks;
  /** What of it the service depends on, for the watch over them. */
  readonly dependencies: Pick<WatchOptions, 'checks' | 'dispensable'>;
  /** Of the process, or of the server where all of it is one. */
  readonly metrics: Metrics;
  /** Starts to publish the service's events, once the server's identity is known. The caller disposes it first. */
  startRelay(iss: string): Relay;
};

/** Most connections of one service; each backend costs some megabytes. */
const maxConnections = 8;

/**
 * Opens a service's part of the database, its event store and the bus. The schema was made by `provisionService`. Inbox, dead
 * letters, the consumers' progress and the relay's lease are in the database whatever the bus is.
 * @throws OdstError COMMON_DATABASE_UNAVAILABLE, COMMON_SERVICE_UNAVAILABLE, COMMON_EVENT_LOG_MISMATCH; COMMON_SETTING_INVALID
 *   when EventStoreDB refuses the user, or the service's topic has events that its store does not have
 */
export async function openBackbone(options: BackboneOptions): Promise<Backbone> {
  const { service, clock, eventStore, kafka, publishes = true } = options;
  await using opening = new AsyncDisposableStack();
  const logger = options.logger.child({ service });
  const pool = createPool(options.databaseUrl, {
    applicationName: `odst ${service}`,
    schema: service,
    max: maxConnections,
    logger,
  });
  opening.defer(() => pool.end());
  const listener = options.listener ?? opening.use(createListener({ connection: connectionOf(pool), logger }));
  const opened = opening.use(await openEventStore({ pool, schema: service, clock, logger, listener }, eventStore));
  const kafkaBus = kafka === undefined ? undefined : opening.use(await openKafka(kafka, { pool, service, logger }));
  const openedBus = kafkaBus ?? opening.use(createPostgresEventBus({ pool, logger, listener }));
  const store = isTracing() ? tracedEventStore(opened, service) : opened;
  const { metrics = createMetrics({ logger }) } = options;
  const bus = measuredEventBus(isTracing() ? tracedEventBus(openedBus) : openedBus, { service, clock, metrics });
  if (publishes) await requireOwnTopic({ service, source: store, bus }, await bus.lastPublished(service));
  const inbox = createInbox(pool, service);
  const deadLetters = createPostgresDeadLetters({ pool, schema: service, clock });
  opening.use(metrics.read('odst_dead_letters', async () => [{ labels: { service }, value: await deadLetters.count() }]));
  const open = opening.move();
  return {
    pool,
    listener,
    dependencies: dependenciesOf({ pool, store: eventStore === undefined ? undefined : store, kafkaBus }),
    store,
    bus,
    inbox,
    deadLetters,
    desks: createDeadLetterDesks({ service, deadLetters }),
    metrics,
    startRelay: (iss) => {
      const lease = createPostgresLease({ pool, schema: service, name: 'relay', listener });
      return measured(startRelay({ service, iss, source: store, bus, lease, clock, logger }), service, metrics);
    },
    [Symbol.asyncDispose]: () => open.disposeAsync(),
  };
}

async function openKafka(kafka: KafkaBus, deps: { readonly pool: Pool; readonly service: string; readonly logger: Logger }) {
  const { pool, service, logger } = deps;
  // Loaded where it is the bus: a server without Kafka starts without its client.
  const { createKafkaEventBus } = await import('@odst/event-bus-kafka');
  return createKafkaEventBus({
    ...kafka,
    progressStore: createPostgresProgressStore({ pool }),
    clientId: `odst-${service}`,
    logger,
  });
}

/** The relay, its age read for the metrics while it runs. */
function measured(relay: Relay, service: string, metrics: Metrics): Relay {
  const read = async () => [{ labels: { service }, value: await relay.oldestAgeSeconds() }];
  const reading = metrics.read('odst_relay_oldest_age_seconds', read);
  return decorated(relay, {
    async [Symbol.asyncDispose]() {
      reading[Symbol.dispose]();
      await relay[Symbol.asyncDispose]();
    },
  });
}
