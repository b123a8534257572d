import { randomUUID } from 'node:crypto';
import type { TestDatabase } from '@odst/testing';
import pg from 'pg';
import { onTestFinished } from 'vitest';
import { type EventStoreDbStore, type EventStoreDbStoreOptions, startEventStoreDbStore } from '../src/index.ts';
import { createSchema } from './schema-of-places.ts';
import { type StandIn, startStandIn } from './stand-in/index.ts';

/** A stand-in server and an empty schema of one test, and stores on them. */
export type Bench = {
  readonly standIn: StandIn;
  readonly schema: string;
  readonly pool: pg.Pool;
  /** Name of the service's log in the stand-in. */
  readonly log: string;
  readonly streamPrefix: string;
  /** Opens a store on connections of its own, as a process has it, until the test ends. */
  open(changes?: Partial<EventStoreDbStoreOptions>): Promise<EventStoreDbStore>;
  /** Data of the notes that were written alongside. */
  notes(): Promise<readonly string[]>;
};

/** Sets one up until the test ends. */
export async function openBench(database: Pick<TestDatabase, 'pool' | 'url'>): Promise<Bench> {
  const standIn = await startStandIn();
  onTestFinished(() => standIn[Symbol.asyncDispose]());
  const { pool } = database;
  const schema = await createSchema(pool);
  const streamPrefix = `t${randomUUID().replaceAll('-', '')}`;
  return {
    standIn,
    schema,
    pool,
    log: `${streamPrefix}-${schema}`,
    streamPrefix,
    async open(changes = {}) {
      const own = new pg.Pool({ connectionString: database.url, max: 5 });
      own.on('error', () => undefined);
      onTestFinished(() => own.end());
      const store = await startEventStoreDbStore({ url: standIn.url, streamPrefix, pool: own, schema, ...changes });
      onTestFinished(async () => store[Symbol.asyncDispose]());
      return store;
    },
    notes: async () =>
      (await pool.query<{ note: string }>(`SELECT note FROM ${schema}.notes ORDER BY note`)).rows.map(({ note }) => note),
  };
}
