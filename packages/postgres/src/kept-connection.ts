import { createBackoff, pause } from '@odst/async';
import { Client, type ClientConfig } from 'pg';

/** Where it is told of faults that are got over without help. A logger of `@odst/telemetry` is one. */
export interface WarningLogger {
  warn(facts: object, message: string): void;
}

/** Of {@link keepConnection}. */
export type KeptConnectionOptions = {
  /** Of the database and the role. `connectionOf` gives that of a pool. */
  readonly connection: ClientConfig;
  /** What is said in the log when it breaks, as in "the connection that listens broke; making it again". */
  readonly broke: string;
  /** Default nobody. */
  readonly logger?: WarningLogger | undefined;
  /**
   * Called with each connection once it stands; the connection ends when it settles.
   * @param over aborts when the connection broke, or is to end
   */
  readonly serve: (client: Client, over: AbortSignal) => Promise<void>;
};

/** Longest wait for an answer, if the connection itself sets no shorter one. */
const longestWaitMs = 8_000;
/** A connection that stood for longer was sound: when it breaks the pauses begin anew. */
const soundAfterMs = 5_000;

/**
 * Keeps a connection beside the pools, for what belongs to one: channels, and locks that last as long as it. When it breaks, or a
 * statement stays unanswered for 8 s, it is made again, after 100 ms doubled up to 5 s, for ever. Disposing ends it and waits for `serve`.
 */
export function keepConnection({ connection, broke, logger, serve }: KeptConnectionOptions): AsyncDisposable {
  const stop = new AbortController();

  const connectOnce = async (): Promise<void> => {
    const client = new Client({
      ...connection,
      connectionTimeoutMillis: 10_000,
      query_timeout: Math.min(Number(connection.query_timeout ?? longestWaitMs), longestWaitMs),
      keepAlive: true,
      keepAliveInitialDelayMillis: 10_000,
    });
    const ended = new AbortController();
    client.on('error', () => ended.abort());
    client.on('end', () => ended.abort());
    try {
      await client.connect();
      await serve(client, AbortSignal.any([stop.signal, ended.signal]));
    } finally {
      // In the middle of a statement this cuts it off without a word of the other side.
      await client.end().catch(() => undefined);
    }
  };
  const run = async (): Promise<void> => {
    const backoff = createBackoff();
    while (!stop.signal.aborted) {
      const startedAt = performance.now();
      const failure: unknown = await connectOnce().catch((error: unknown) => error);
      if (stop.signal.aborted) return;
      if (performance.now() - startedAt > soundAfterMs) backoff.reset();
      const pauseMs = backoff.nextMs();
      logger?.warn({ err: failure, pauseMs }, broke);
      await pause(pauseMs, stop.signal);
    }
  };

  const running = run();
  return {
    async [Symbol.asyncDispose]() {
      stop.abort();
      await running;
    },
  };
}

/** What a connection beside a pool is made of that is to be as those of the pool. */
export function connectionOf({ options }: { readonly options: ClientConfig }): ClientConfig {
  const { password } = options;
  // A pool hides the password from enumeration.
  return { ...options, ...(password !== undefined && { password }) };
}
