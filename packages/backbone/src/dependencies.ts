import type { KafkaEventBus } from '@odst/event-bus-kafka';
import type { EventStore } from '@odst/event-store';
import { execute } from '@odst/postgres';
import type { WatchOptions } from '@odst/service-host';
import type { Pool } from 'pg';

/** What is said of Kafka while no broker answers. Nothing that is served needs it. */
const whileKafkaIsAway = 'away; all is served, and events are passed on when it is back';

/**
 * How the parts are asked that a service is built on: the database; EventStoreDB and Kafka where they are in use.
 * @param parts.store in EventStoreDB; undefined where the events are in the database
 */
export function dependenciesOf(parts: {
  readonly pool: Pool;
  readonly store: Pick<EventStore, 'lastPosition'> | undefined;
  readonly kafkaBus: Pick<KafkaEventBus, 'reach'> | undefined;
}): Pick<WatchOptions, 'checks' | 'dispensable'> {
  const { pool, store, kafkaBus } = parts;
  return {
    checks: {
      database: () => execute(pool, 'select 1'),
      ...(store === undefined ? {} : { 'event store': () => store.lastPosition() }),
    },
    dispensable: kafkaBus === undefined ? {} : { kafka: { check: () => kafkaBus.reach(), whileAway: whileKafkaIsAway } },
  };
}
