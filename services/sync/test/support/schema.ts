import { createPool, type MigrationComponent, migrate } from '@odst/postgres';
import { createSilentLogger } from '@odst/telemetry';
import type { TestDatabase } from '@odst/testing';
import pg from 'pg';

let made = 0;

/** Makes a schema with the given tables, and connections that find them. */
export async function openSchema(
  database: TestDatabase,
  components: readonly MigrationComponent[],
): Promise<{ readonly schema: string; readonly pool: pg.Pool }> {
  made += 1;
  const schema = `sync_${made}`;
  const logger = createSilentLogger();
  const client = new pg.Client({ connectionString: database.url });
  await client.connect();
  try {
    await migrate({ client, schema, components, logger });
  } finally {
    await client.end();
  }
  return { schema, pool: createPool(database.url, { applicationName: schema, logger, schema }) };
}
