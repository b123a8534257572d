import { eventBusContract } from '@odst/event-bus/contract';
import { createSilentLogger } from '@odst/telemetry';
import type { TestDatabase } from '@odst/testing';
import { afterAll, beforeAll } from 'vitest';
import { createPostgresEventBus, type PostgresEventBus } from '../src/index.ts';
import { createBusDatabase } from './bus-database.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await createBusDatabase();
});
afterAll(() => database[Symbol.asyncDispose]());

let made = 0;

eventBusContract('PostgreSQL', async () => {
  made += 1;
  const topicPrefix = `test${made}`;
  const buses: PostgresEventBus[] = [];
  const open = (): PostgresEventBus => {
    const bus = createPostgresEventBus({ pool: database.pool, topicPrefix, logger: createSilentLogger() });
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
