import { createPostgresEventStore, eventStoreMigrations, type PostgresEventStore } from '@odst/event-store-postgres';
import { createPool, type MigrationComponent, provisionServiceDatabase } from '@odst/postgres';
import { projectionMigrations } from '@odst/projections';
import { createLogger } from '@odst/telemetry';
import { createTestDatabase } from '@odst/testing';
import type { Pool } from 'pg';
import { catalogDefinition } from '../../src/index.ts';

/** Warnings of the code under test; tests that provoke one expect a line. */
export const testLogger = createLogger({ name: 'catalog-test', level: 'fatal', destination: 'stderr' });

/** Catalog's part of a database, as its own role sees it. */
export type CatalogDatabase = AsyncDisposable & {
  readonly adminUrl: string;
  readonly pool: Pool;
  readonly schema: string;
  readonly store: PostgresEventStore;
};

/** Makes an empty one. @param more further parts of the schema */
export async function openCatalogDatabase(more: readonly MigrationComponent[] = []): Promise<CatalogDatabase> {
  await using stack = new AsyncDisposableStack();
  const database = stack.use(await createTestDatabase());
  const { url, schema } = await provisionServiceDatabase({
    adminUrl: database.url,
    service: 'catalog',
    components: [eventStoreMigrations, projectionMigrations, ...more, ...catalogDefinition.migrations],
    logger: testLogger,
  });
  const pool = createPool(url, { applicationName: 'catalog-test', logger: testLogger, schema });
  stack.defer(() => pool.end());
  const store = stack.use(createPostgresEventStore({ pool, schema }));
  const opened = stack.move();
  return { adminUrl: database.url, pool, schema, store, [Symbol.asyncDispose]: () => opened.disposeAsync() };
}
