import { createAutoResetEvent } from '@odst/async';
import { connectionOf, execute, keepConnection, oneAtATime, type Queryable } from '@odst/postgres';
import type { Logger } from '@odst/telemetry';
import type { Client, Pool } from 'pg';

/**
 * How the connection behaves: the server notices within 10 s that the client's machine is gone, and lets its locks go.
 * Progress need not reach the disk at once: what is lost with it comes again.
 */
const setUp = `SET synchronous_commit = off;
  SET tcp_keepalives_idle = 5; SET tcp_keepalives_interval = 2; SET tcp_keepalives_count = 2;`;

/** What happens on the connection. */
export type SessionEvents = {
  /**
   * Called once it stands, when it is due and after `ring`. A failure ends the connection.
   * @returns milliseconds until it is due again
   */
  readonly onTick: (connection: Queryable) => Promise<number>;
  /** The connection is over, and its locks with it. */
  readonly onLost: () => void;
};

/** One connection that holds locks, made again whenever it breaks. Disposing ends it. */
export interface LockSession extends AsyncDisposable {
  /** Asks for a tick soon. */
  ring(): void;
}

/** Starts the connection. */
export function startLockSession(deps: { readonly pool: Pool; readonly logger: Logger } & SessionEvents): LockSession {
  const { pool, logger, onTick, onLost } = deps;
  const due = createAutoResetEvent();
  const serve = async (client: Client, over: AbortSignal): Promise<void> => {
    try {
      await execute(client, setUp);
      const connection = oneAtATime(client);
      while (!over.aborted) await due.wait(over, await onTick(connection));
    } finally {
      onLost();
    }
  };
  const broke = 'the connection to the event bus broke; making it again';
  const kept = keepConnection({ connection: connectionOf(pool), broke, logger, serve });
  return {
    ring: () => due.set(),
    [Symbol.asyncDispose]: () => kept[Symbol.asyncDispose](),
  };
}
