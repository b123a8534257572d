import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { pause, settlesWithin } from '@odst/async';
import { OdstError } from '@odst/kernel';
import type { Logger } from '@odst/telemetry';
import pg from 'pg';
import { programEnvironment, type RunAs } from './run-as.ts';
import { followServerLog } from './server-log.ts';

/** Recovery after a crash replays at most `max_wal_size`, but disks can be slow. */
const startLimitMs = 120_000;

/** Of the 10 s that a whole server has to stop, most are PostgreSQL's last checkpoint at worst. */
const stopLimitMs = 8_000;

/** A running PostgreSQL. */
export interface PostgresProcess {
  /** Settles when the process has ended; tells why in one line. */
  readonly ended: Promise<string>;
  /** Waits until it takes connections. @throws OdstError COMMON_DATABASE_UNAVAILABLE when it ends before, or never does */
  ready(connection: pg.ClientConfig): Promise<void>;
  /** Ends sessions, writes a checkpoint and waits for the end; after 8 s leaves the rest to recovery at the next start. */
  stop(): Promise<void>;
}

/** Starts `postgres` on `dataDir`. It does not wait for anything. */
export function spawnPostgres(options: {
  readonly postgres: string;
  readonly dataDir: string;
  readonly settings: Readonly<Record<string, string>>;
  readonly runAs: RunAs;
  readonly logger: Logger;
}): PostgresProcess {
  const flags = Object.entries(options.settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
  const { command, args, options: identity } = options.runAs.wrap(options.postgres, ['-D', options.dataDir, ...flags]);
  // In a process group of its own: Ctrl-C reaches the whole group of the terminal, and must not stop it before us.
  const child = spawn(command, [...args], {
    ...identity,
    // The caller's folder may be closed to the user it runs as, and must not be kept busy.
    cwd: '/',
    env: programEnvironment(),
    stdio: ['ignore', 'ignore', 'pipe'],
    detached: true,
  });
  const log = followServerLog(child.stderr, options.logger);
  const ended = Promise.race([
    once(child, 'close').then(([code, signal]) => `PostgreSQL ended with ${signal ?? `code ${code}`}: ${log.lastWords()}`),
    once(child, 'error').then(([error]) => `PostgreSQL could not be started: ${String(error)}`),
  ]).catch((error: unknown) => `PostgreSQL could not be started: ${String(error)}`);
  const interrupt = () => child.kill('SIGINT');
  process.once('exit', interrupt);
  void ended.then(() => process.removeListener('exit', interrupt));
  return {
    ended,
    ready: (connection) => waitUntilReady(connection, ended),
    async stop() {
      child.kill('SIGINT');
      if (!(await settlesWithin(stopLimitMs, ended))) child.kill('SIGQUIT');
      await ended;
    },
  };
}

async function waitUntilReady(connection: pg.ClientConfig, ended: Promise<string>): Promise<void> {
  let end: string | undefined;
  void ended.then((reason) => {
    end = reason;
  });
  const startedAt = performance.now();
  for (;;) {
    const failure = await tryConnect(connection);
    if (failure === undefined) return;
    if (end !== undefined) throw new OdstError('COMMON_DATABASE_UNAVAILABLE', end);
    if (performance.now() - startedAt > startLimitMs) {
      throw new OdstError(
        'COMMON_DATABASE_UNAVAILABLE',
        `PostgreSQL took no connection for ${startLimitMs / 1000} s`,
        {},
        { cause: failure },
      );
    }
    await pause(20);
  }
}

async function tryConnect(connection: pg.ClientConfig): Promise<unknown> {
  const client = new pg.Client({ ...connection, connectionTimeoutMillis: 5_000 });
  try {
    await client.connect();
    await client.end();
    return undefined;
  } catch (error) {
    await client.end().catch(() => undefined);
    return error ?? new Error('no connection');
  }
}
