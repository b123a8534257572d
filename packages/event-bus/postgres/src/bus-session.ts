import { createAutoResetEvent, pause } from '@odst/async';
import { oneAtATime, type Queryable } from '@odst/postgres';
import type { Logger } from '@odst/telemetry';
import { Client, escapeIdentifier, type Pool } from 'pg';

/** How long a message waits at most when its notification is lost. */
const pollIntervalMs = 500;
/** After this long without an answer the connection counts as broken. */
const queryTimeoutMs = 8_000;
/** First and longest wait before the connection is made again. */
const minDelayMs = 100;
const maxDelayMs = 5_000;

/**
 * How the connection behaves: the server notices within 10 s that the client's machine is gone, and lets its locks go.
 * Progress need not reach the disk at once: what is lost with it comes again.
 */
const setUp = `SET synchronous_commit = off;
  SET tcp_keepalives_idle = 5; SET tcp_keepalives_interval = 2; SET tcp_keepalives_count = 2;`;

/** What happens on the connection. */
export type SessionEvents = {
  /** Called once it stands, at least every 500 ms, and after `ring`. A failure ends the connection. */
  readonly onTick: (connection: Queryable) => Promise<void>;
  readonly onNotification: (payload: string) => void;
  /** The connection is over, and its locks with it. */
  readonly onLost: () => void;
};

/** One connection that listens and holds locks, made again whenever it breaks. Disposing ends it. */
export interface BusSession extends AsyncDisposable {
  /** Asks for a tick soon. */
  ring(): void;
}

/** Starts the connection. */
export function startBusSession(
  deps: { readonly pool: Pool; readonly channel: string; readonly logger: Logger } & SessionEvents,
): BusSession {
  const { pool, channel, logger } = deps;
  const stop = new AbortController();
  const due = createAutoResetEvent();

  const serve = async (): Promise<void> => {
    const { options } = pool;
    // The pool hides the password from enumeration.
    const { password } = options;
    const client = new Client({ ...options, password, query_timeout: queryTimeoutMs, keepAlive: true });
    const broken = new AbortController();
    client.on('error', () => broken.abort());
    client.on('end', () => broken.abort());
    client.on('notification', ({ payload }) => deps.onNotification(payload ?? ''));
    const over = AbortSignal.any([stop.signal, broken.signal]);
    try {
      await client.connect();
      await client.query(setUp);
      await client.query(`LISTEN ${escapeIdentifier(channel)}`);
      const connection = oneAtATime(client);
      while (!over.aborted) {
        await deps.onTick(connection);
        await due.wait(over, pollIntervalMs);
      }
    } finally {
      deps.onLost();
      await client.end().catch(() => undefined);
    }
  };

  const run = async (): Promise<void> => {
    for (let delayMs = minDelayMs; !stop.signal.aborted; delayMs = Math.min(delayMs * 2, maxDelayMs)) {
      const startedAt = performance.now();
      const failure: unknown = await serve().catch((error: unknown) => error);
      if (stop.signal.aborted) return;
      if (performance.now() - startedAt > maxDelayMs) delayMs = minDelayMs;
      logger.warn({ err: failure, delayMs }, 'the connection to the event bus broke; making it again');
      await pause(delayMs, stop.signal);
    }
  };

  const running = run();
  return {
    ring: () => due.set(),
    async [Symbol.asyncDispose]() {
      stop.abort();
      await running;
    },
  };
}
