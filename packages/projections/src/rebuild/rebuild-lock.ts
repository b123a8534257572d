import type { Pool, PoolClient } from 'pg';

/** The right to rebuild a projection: a connection that holds its lock. The lock ends with the connection, so with the process. */
export interface RebuildLock extends AsyncDisposable {
  /** All that a rebuild writes goes over it, so that who lost the lock cannot write. */
  readonly client: PoolClient;
}

/** SQL of the key of the advisory lock, from SQL of the names. */
export function lockKey(schema: string, name: string): string {
  return `hashtextextended('odst.rebuild.' || ${schema}::text || '.' || ${name}::text, 0)`;
}

/** Takes the right, or undefined while another has it. */
export async function takeRebuildLock(pool: Pool, schema: string, name: string): Promise<RebuildLock | undefined> {
  const client = await pool.connect();
  // The statement under way tells of a lost connection; the event would end the process.
  const onError = (): void => undefined;
  client.on('error', onError);
  const giveBack = (error?: Error): void => {
    client.off('error', onError);
    client.release(error);
  };
  try {
    const text = `SELECT pg_try_advisory_lock(${lockKey('$1', '$2')}) AS taken`;
    const { rows } = await client.query<{ taken: boolean }>(text, [schema, name]);
    if (rows[0]?.taken !== true) {
      giveBack();
      return undefined;
    }
  } catch (error) {
    giveBack(error instanceof Error ? error : new Error(String(error)));
    throw error;
  }
  return {
    client,
    async [Symbol.asyncDispose]() {
      const unlocked = client.query(`SELECT pg_advisory_unlock(${lockKey('$1', '$2')})`, [schema, name]);
      await unlocked.then(
        () => giveBack(),
        (error: Error) => giveBack(error),
      );
    },
  };
}
