import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { layCluster } from '@odst/testing';
import { type AdminClient, adminClient } from './admin-client.ts';
import { checkFeedAtStop } from './check-feed.ts';
import { nodeProgram, type Program, startProgram } from './program.ts';

/** The first start makes a database, and its cluster for the benchmark; a loaded machine takes its time. */
const startLimitMs = 240_000;

/** How to start a server. */
export type ServerOptions = {
  /** Kept between starts. */
  readonly dataDir: string;
  readonly port: number;
  /** Further settings; they win over those of the harness. */
  readonly env?: Readonly<Record<string, string>>;
  /** Program to start. Default the standalone server's. */
  readonly main?: string;
};

/** A server, in whatever shape it runs. Disposing stops it. */
export type Server = AsyncDisposable & {
  readonly url: string;
  readonly port: number;
  readonly dataDir: string;
  readonly admin: AdminClient;
  /** What it wrote to its log so far. */
  log(): string;
};

/**
 * A server that runs as one process, as a user starts it. Before it is stopped its events are held to the AsyncAPI document; one
 * that breaks it is an error of whoever stops. Killed, it leaves its PostgreSQL behind, as after a real crash.
 */
export type ServerProcess = Server &
  Program & {
    /** Time from start to the ready line. */
    readonly startMs: number;
  };

/** Starts a server without waiting, for starts that are to fail or to be broken off. */
export async function spawnServer(options: ServerOptions): Promise<Program> {
  await mkdir(options.dataDir, { recursive: true });
  return startProgram({
    ...nodeProgram(options.main ?? 'standalone/src/main.js'),
    env: { ODST_PORT: String(options.port), ODST_DATA_DIR: options.dataDir, ...options.env },
    logFile: join(options.dataDir, 'server.log'),
  });
}

/**
 * Starts a server and waits for its ready line. In tests a new data folder has its database cluster already; those of `spawnServer` and of
 * the guides begin with none, as a user's does.
 * @throws Error with the log when it ends before
 */
export async function startServerProcess(options: ServerOptions): Promise<ServerProcess> {
  const scheme = options.env?.['ODST_TLS_CERT'] === undefined ? 'http' : 'https';
  const url = `${scheme}://127.0.0.1:${options.port}`;
  const { dataDir } = options;
  if (process.env['VITEST'] !== undefined && options.env?.['DATABASE_URL'] === undefined) await layCluster(dataDir);
  const startedAt = performance.now();
  const program = await spawnServer(options);
  await readyLine(program, url);
  const startMs = performance.now() - startedAt;
  const admin = adminClient(url, options.env?.['ODST_ADMIN_PASSWORD'] ?? 'ods1234!');
  const stop = async () => {
    try {
      if (program.process.exitCode === null && program.process.signalCode === null) await checkFeedAtStop({ url, admin });
    } finally {
      await program.stop();
    }
    return program.exited;
  };
  return {
    ...program,
    stop,
    url,
    port: options.port,
    dataDir,
    admin,
    startMs,
    async [Symbol.asyncDispose]() {
      await stop();
    },
  };
}

async function readyLine(program: Program, url: string): Promise<void> {
  const { promise: printed, resolve } = Promise.withResolvers<'ready'>();
  program.process.stdout?.on('data', () => {
    if (program.output().includes(`ODST ready at ${url}\n`)) resolve('ready');
  });
  const abort = new AbortController();
  const limit = delay(startLimitMs, 'time over' as const, { signal: abort.signal });
  const outcome = await Promise.race([printed, program.exited, limit]);
  abort.abort();
  if (outcome === 'ready') return;
  await program.kill();
  throw new Error(`no ready line but ${outcome}:\n${program.output()}${program.log()}`);
}
