import type { Logger } from '@odst/telemetry';
import pg from 'pg';

/** Of a pool of connections. */
export type PoolOptions = {
  /** Shown in `pg_stat_activity`. */
  readonly applicationName: string;
  readonly logger: Logger;
  /** Schema in which unqualified names are found; default that of the role or the database. */
  readonly schema?: string;
  /** Most connections at a time; default 10. */
  readonly max?: number;
};

/**
 * Makes a pool of connections. It connects when first used; an idle connection that breaks is logged and replaced, and one
 * that breaks in use fails what uses it, so that a restart of the database ends nothing else. Whoever makes it ends it.
 */
export function createPool(url: string, options: PoolOptions): pg.Pool {
  const pool = new pg.Pool({
    connectionString: url,
    application_name: options.applicationName,
    max: options.max ?? 10,
    connectionTimeoutMillis: 10_000,
    idleTimeoutMillis: 30_000,
    keepAlive: true,
    ...(options.schema === undefined ? {} : { options: `-c search_path=${pg.escapeIdentifier(options.schema)}` }),
  });
  // A connection in use tells of its end twice: to its statement, and by an event that ends the process when nobody listens.
  pool.on('connect', (client) => client.on('error', () => undefined));
  pool.on('error', (error) => {
    // A pool that ends lets its connections go one by one; how they end is of no interest any more.
    if (!pool.ending) options.logger.warn({ err: error }, 'an idle database connection broke');
  });
  return pool;
}
