import type { Logger } from '@odst/telemetry';
import pg from 'pg';
import { onSilence } from './silence.ts';

/** Of a pool of connections. */
export type PoolOptions = {
  /** Shown in `pg_stat_activity`. */
  readonly applicationName: string;
  readonly logger: Logger;
  /** Schema in which unqualified names are found; default that of the role or the database. */
  readonly schema?: string;
  /** Most connections at a time; default 10. */
  readonly max?: number;
  /**
   * Longest wait for the answer to a statement, in milliseconds; default 20,000. A statement that legitimately takes longer
   * says so by a `query_timeout` of its own.
   */
  readonly queryTimeoutMs?: number;
};

/** Far longer than any statement of a request takes, and shorter than who asked waits before giving up. */
const defaultQueryTimeoutMs = 20_000;

/**
 * What the server is told of each connection. All functions in the database rely on each statement seeing what was committed
 * before it, whatever the database's default is. A client whose machine is gone lets its locks go within 25 s.
 */
const sessionOptions =
  '-c default_transaction_isolation=read\\ committed -c tcp_keepalives_idle=10 -c tcp_keepalives_interval=5 -c tcp_keepalives_count=3';

/**
 * Makes a pool of connections. It connects when first used; an idle connection that breaks is logged and replaced, and one
 * that breaks in use fails what uses it, so that a restart of the database ends nothing else. One that falls silent in use,
 * as when a firewall forgot it or the server's machine is gone, is given up, and with it those that are idle, as they went the
 * same way. Whoever makes it ends it.
 */
export function createPool(url: string, options: PoolOptions): pg.Pool {
  const { logger, schema } = options;
  const pool = new pg.Pool({
    connectionString: url,
    application_name: options.applicationName,
    max: options.max ?? 10,
    connectionTimeoutMillis: 10_000,
    idleTimeoutMillis: 30_000,
    query_timeout: options.queryTimeoutMs ?? defaultQueryTimeoutMs,
    keepAlive: true,
    keepAliveInitialDelayMillis: 10_000,
    options: schema === undefined ? sessionOptions : `${sessionOptions} -c search_path=${pg.escapeIdentifier(schema)}`,
  });
  pool.on('connect', (client) => {
    // A connection in use tells of its end twice: to its statement, and by an event that ends the process when nobody listens.
    client.on('error', () => undefined);
    onSilence(client, () => {
      logger.warn('a database connection fell silent and is given up');
      giveUpIdle(pool);
    });
  });
  pool.on('error', (error) => {
    // A pool that ends lets its connections go one by one; how they end is of no interest any more.
    if (!pool.ending) logger.warn({ err: error }, 'an idle database connection broke');
  });
  return pool;
}

function giveUpIdle(pool: pg.Pool): void {
  for (let idle = pool.ending ? 0 : pool.idleCount; idle > 0; idle -= 1) {
    pool.connect().then(
      (client) => client.release(true),
      // Who next wants a connection learns that there is none.
      () => undefined,
    );
  }
}
