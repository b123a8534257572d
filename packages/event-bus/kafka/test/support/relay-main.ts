// A relay in a process of its own, which tests kill and stop. Its one argument is a `RelayProcessOptions` in JSON.
// Writes a line when it has shut others out or is shut out, as its log tells.
import { setImmediate as turn } from 'node:timers/promises';
import { type EventBus, startRelay } from '@odst/event-bus';
import { createPostgresEventBus } from '@odst/event-bus-postgres';
import { createLogger } from '@odst/telemetry';
import { createKafkaEventBus } from '../../src/index.ts';
import { clock, openNotes, service } from './notes-service.ts';
import type { DeathPoint, RelayProcessOptions } from './relay-process.ts';

const options = JSON.parse(process.argv[2] ?? '') as RelayProcessOptions;
const { url, brokers, topicPrefix, leaseMs, diesAt } = options;
const logger = createLogger({ name: 'relay', destination: 'stdout' });
const notes = openNotes(url);
const bus =
  brokers === undefined
    ? createPostgresEventBus({ pool: notes.pool, topicPrefix, logger })
    : createKafkaEventBus({
        connection: { brokers: [brokers] },
        topicPrefix,
        progressStore: notes.progressStore,
        iss: Promise.resolve('iss'),
        logger,
      });

/** A bus in whose second publication the process dies. */
function deadly(inner: EventBus, point: DeathPoint): EventBus {
  let publications = 0;
  const die = async (): Promise<void> => {
    process.kill(process.pid, 'SIGKILL');
    await new Promise(() => undefined);
  };
  return {
    ...inner,
    async publish(producer, messages) {
      publications += 1;
      if (publications < 2) return inner.publish(producer, messages);
      if (point === 'before it publishes') await die();
      const publishing = inner.publish(producer, messages);
      if (point === 'while it publishes') {
        await turn();
        await die();
      }
      await publishing;
      return die();
    },
  };
}

const used = diesAt === undefined ? bus : deadly(bus, diesAt);
startRelay({ service, iss: 'iss', source: notes.store, bus: used, lease: notes.lease(leaseMs), clock, logger });
