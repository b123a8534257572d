import type { WarningLogger } from '@odst/postgres';
import { Client, escapeIdentifier, type Pool } from 'pg';

/** First and longest wait before the connection is made again. */
const minDelayMs = 100;
const maxDelayMs = 5_000;
const connectTimeoutMs = 10_000;
/** After so much silence the system asks whether the other side is there; meanwhile listeners poll. */
const keepAliveAfterMs = 10_000;

/**
 * Starts a connection of its own that listens on a channel, made again whenever it breaks.
 * @param deps.onNotification called with each payload, and without one after a reconnection, as some may be missing
 */
export function startSubscriber(deps: {
  readonly pool: Pool;
  readonly channel: string;
  readonly onNotification: (payload: string | undefined) => void;
  readonly logger: WarningLogger | undefined;
}): AsyncDisposable {
  const stopped = Promise.withResolvers<void>();
  let stopping = false;

  const listenOnce = async (): Promise<void> => {
    const { options } = deps.pool;
    // The pool hides the password from enumeration.
    const client = new Client({
      ...options,
      password: options.password,
      connectionTimeoutMillis: connectTimeoutMs,
      keepAlive: true,
      keepAliveInitialDelayMillis: keepAliveAfterMs,
    });
    const broken = Promise.withResolvers<void>();
    client.on('error', () => broken.resolve());
    client.on('end', () => broken.resolve());
    client.on('notification', ({ payload }) => deps.onNotification(payload));
    try {
      await client.connect();
      await client.query(`LISTEN ${escapeIdentifier(deps.channel)}`);
      deps.onNotification(undefined);
      await Promise.race([broken.promise, stopped.promise]);
    } finally {
      await client.end().catch(() => undefined);
    }
  };

  const run = async (): Promise<void> => {
    for (let delayMs = minDelayMs; !stopping; delayMs = Math.min(delayMs * 2, maxDelayMs)) {
      const startedAt = performance.now();
      const failure: unknown = await listenOnce().catch((error: unknown) => error);
      if (stopping) return;
      if (performance.now() - startedAt > maxDelayMs) delayMs = minDelayMs;
      deps.logger?.warn({ err: failure, channel: deps.channel, delayMs }, 'listening for events broke off; trying again');
      await Promise.race([pause(delayMs), stopped.promise]);
    }
  };

  const running = run();
  return {
    async [Symbol.asyncDispose]() {
      stopping = true;
      stopped.resolve();
      await running;
    },
  };
}

function pause(delayMs: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, delayMs).unref());
}
