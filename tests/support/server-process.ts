import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { type AdminClient, adminClient } from './admin-client.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));
const node = join(root, 'node_modules/.bin/node');

/** The first start makes a database cluster; a loaded machine takes its time. */
const startLimitMs = 90_000;

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

/** A server that runs as a process of its own, as a user starts it. */
export type ServerProcess = AsyncDisposable & {
  readonly url: string;
  readonly port: number;
  readonly dataDir: string;
  readonly process: ChildProcess;
  readonly admin: AdminClient;
  /** Time from start to the ready line. */
  readonly startMs: number;
  /** Resolves with the exit code, or null after a signal. */
  readonly exited: Promise<number | null>;
  /** What the process wrote to its standard error so far. */
  log(): string;
  /** SIGTERM, and waits for the end. Returns the exit code. */
  stop(): Promise<number | null>;
  /** SIGKILL, and waits for the end. The embedded PostgreSQL stays behind, as after a real crash. */
  kill(): Promise<void>;
};

/** Starts a server and waits for its ready line. @throws Error with the log when it ends before */
export async function startServerProcess(options: ServerOptions): Promise<ServerProcess> {
  const server = await spawnServer(options);
  await server.ready;
  return server;
}

/** Starts a server without waiting, for starts that should fail or die. */
export async function spawnServer(options: ServerOptions): Promise<ServerProcess & { readonly ready: Promise<void> }> {
  await mkdir(options.dataDir, { recursive: true });
  const url = `http://127.0.0.1:${options.port}`;
  const startedAt = performance.now();
  const child = spawn(node, [options.main ?? 'standalone/src/main.ts'], {
    cwd: root,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { PATH: process.env['PATH'], ODST_PORT: String(options.port), ODST_DATA_DIR: options.dataDir, ...options.env },
  });
  const exited = once(child, 'exit').then(([code]) => code as number | null);
  let log = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    log += text;
  });
  child.stderr.pipe(createWriteStream(join(options.dataDir, 'server.log'), { flags: 'a' }));
  let startMs = Number.NaN;
  const ready = readyLine(child, url, exited, () => log).then(() => {
    startMs = performance.now() - startedAt;
  });
  // Whoever spawns without waiting for readiness still learns of the failure from `ready` itself.
  ready.catch(() => undefined);
  const stop = async () => {
    child.kill('SIGTERM');
    return exited;
  };
  return {
    url,
    port: options.port,
    dataDir: options.dataDir,
    process: child,
    admin: adminClient(url, options.env?.['ODST_ADMIN_PASSWORD'] ?? 'ods1234!'),
    get startMs() {
      return startMs;
    },
    ready,
    exited,
    log: () => log,
    stop,
    async kill() {
      child.kill('SIGKILL');
      await exited;
    },
    async [Symbol.asyncDispose]() {
      await stop();
    },
  };
}

async function readyLine(child: ChildProcess, url: string, exited: Promise<number | null>, log: () => string): Promise<void> {
  const { promise: printed, resolve } = Promise.withResolvers<'ready'>();
  let output = '';
  child.stdout?.setEncoding('utf8').on('data', (text: string) => {
    output += text;
    if (output.includes(`ODST ready at ${url}\n`)) resolve('ready');
  });
  const abort = new AbortController();
  const limit = delay(startLimitMs, 'time over' as const, { signal: abort.signal });
  const outcome = await Promise.race([printed, exited, limit]);
  abort.abort();
  if (outcome !== 'ready') throw new Error(`no ready line but ${outcome}:\n${output}${log()}`);
}
