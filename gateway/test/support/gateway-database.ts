import { createPool, migrate } from '@odst/postgres';
import { createSilentLogger } from '@odst/telemetry';
import { createTestDatabase } from '@odst/testing';
import type { Pool } from 'pg';
import { gatewayDefinition } from '../../src/index.ts';

/** A database with the gateway's tables. */
export type GatewayDatabase = AsyncDisposable & {
  /** Its `search_path` is the gateway's schema. */
  readonly pool: Pool;
};

/** Makes the database. */
export async function gatewayDatabase(): Promise<GatewayDatabase> {
  const logger = createSilentLogger();
  await using stack = new AsyncDisposableStack();
  const database = stack.use(await createTestDatabase());
  const client = await database.pool.connect();
  await migrate({ client, schema: 'gateway', components: gatewayDefinition.migrations, logger });
  client.release();
  const pool = createPool(database.url, { applicationName: 'gateway test', schema: 'gateway', logger });
  stack.defer(() => pool.end());
  const made = stack.move();
  return { pool, [Symbol.asyncDispose]: () => made.disposeAsync() };
}
