import { createPostgresEventStore, eventStoreMigrations, type PostgresEventStore } from '@odst/event-store-postgres';
import { createPool, provisionServiceDatabase } from '@odst/postgres';
import { createSilentLogger } from '@odst/telemetry';
import { createTestDatabase, type TestDatabase } from '@odst/testing';
import type { Pool } from 'pg';
import { onTestFinished } from 'vitest';
import {
  type Projection,
  type Projections,
  type ProjectionsOptions,
  projectionMigrations,
  startProjections,
} from '../../src/index.ts';
import { anAppend } from '../notes.ts';

/** How many notes there are of each text, and the last ones: rows that come out wrong when an event is applied twice or not at all. */
export const shelves: Projection = {
  name: 'note-shelves',
  version: 1,
  tables: ['shelves', 'last_notes'],
  async apply(transaction, { position, recordedAt, data }) {
    await transaction.query(
      `INSERT INTO shelves (text, notes, sum, since) VALUES ($1, 1, $2, $3)
       ON CONFLICT (text) DO UPDATE SET notes = shelves.notes + 1, sum = shelves.sum + excluded.sum`,
      [data['text'], position, recordedAt],
    );
    await transaction.query('INSERT INTO last_notes (position, text) VALUES ($1, $2)', [position, data['text']]);
    await transaction.query('DELETE FROM last_notes WHERE position <= $1', [position - 20n]);
  },
};

const shelvesMigrations = { name: 'shelves', directory: new URL('./migrations', import.meta.url).pathname };

/** The database of a service with the projection, as the service's own role sees it. */
export type ShelvesBench = {
  readonly pool: Pool;
  /** Connections as the owner of the database. */
  readonly owner: Pool;
  readonly url: string;
  readonly store: PostgresEventStore;
  /** Appends a note of each text; gives the position of the last. */
  append(...texts: readonly string[]): Promise<bigint>;
  /** Starts projections that are stopped when the test ends. */
  start(changes?: Partial<ProjectionsOptions>): Promise<Projections>;
  /** The live rows, byte for byte as COPY would write them. */
  rows(): Promise<string>;
  /** Schemas that are neither the service's nor PostgreSQL's. */
  leftovers(): Promise<readonly string[]>;
  state(): Promise<string | undefined>;
};

/** Schema of the bench. */
export const schema = 'library';

/** Makes a bench for one test. @param owner of the database: the server's, or one with the least rights that can keep services apart */
export async function createShelves(owner: 'superuser' | 'plain' = 'superuser'): Promise<ShelvesBench> {
  const stack = new AsyncDisposableStack();
  onTestFinished(() => stack.disposeAsync());
  const logger = createSilentLogger();
  const database = stack.use(await createTestDatabase());
  const adminUrl = owner === 'superuser' ? database.url : await plainOwner(database);
  const components = [eventStoreMigrations, projectionMigrations, shelvesMigrations];
  const { url } = await provisionServiceDatabase({ adminUrl, service: schema, components, logger });
  const pool = createPool(url, { applicationName: 'test', logger, schema });
  stack.defer(() => pool.end());
  const store = stack.use(createPostgresEventStore({ pool, schema }));
  const column = async <T>(text: string): Promise<T[]> =>
    (await database.pool.query<{ value: T }>(text)).rows.map(({ value }) => value);
  return {
    pool,
    owner: database.pool,
    url,
    store,
    append: async (...texts) => (await store.append(anAppend(...texts))).position,
    async start(changes = {}) {
      const projections = stack.use(
        await startProjections({ pool, schema, source: store, projections: [shelves], logger, ...changes }),
      );
      return projections;
    },
    async rows() {
      const shelf = await column<string>(`SELECT s::text AS value FROM ${schema}.shelves s ORDER BY text`);
      const last = await column<string>(`SELECT n::text AS value FROM ${schema}.last_notes n ORDER BY position`);
      return [...shelf, '', ...last].join('\n');
    },
    leftovers: () => column(`SELECT nspname AS value FROM pg_namespace WHERE nspname LIKE '%rebuild%'`),
    state: async () => (await column<string>(`SELECT state AS value FROM ${schema}.projection_rebuilds`))[0],
  };
}

async function plainOwner(database: TestDatabase): Promise<string> {
  const { role, url } = await database.createRole('owner');
  await database.pool.query(`ALTER ROLE ${role} CREATEROLE; ALTER DATABASE ${database.name} OWNER TO ${role}`);
  return url;
}
