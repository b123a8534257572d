import type { Pool, PoolClient } from 'pg';
import { isConnectionLoss } from './errors.ts';

/** One connection of a pool that is kept, as fetching it and giving it back takes a twentieth of a small append. */
export interface HeldConnection {
  /** Runs `work` on it, outside of a transaction; one call at a time. After the connection failed it is another one. */
  run<T>(work: (client: PoolClient) => Promise<T>): Promise<T>;
  /** Gives it back to the pool. A later call fetches one again. */
  release(): void;
}

/** Builds it; the first call fetches the connection. */
export function holdConnection(pool: Pool): HeldConnection {
  let held: PoolClient | undefined;
  let broken: Error | undefined;
  let busy = false;
  const onError = (error: Error): void => {
    broken = error;
    // In the middle of a statement that one fails too, and says it.
    if (!busy) release();
  };

  const release = (): void => {
    const [client, failure] = [held, broken];
    held = undefined;
    // Also where there was none to fetch: the next one is sound.
    broken = undefined;
    client?.off('error', onError);
    client?.release(failure);
  };
  const fetch = async (): Promise<PoolClient> => {
    const client = await pool.connect();
    client.on('error', onError);
    held = client;
    return client;
  };

  return {
    async run(work) {
      busy = true;
      try {
        return await work(held ?? (await fetch()));
      } catch (error) {
        if (isConnectionLoss(error)) broken ??= error;
        throw error;
      } finally {
        busy = false;
        if (broken !== undefined) release();
      }
    },
    release,
  };
}
