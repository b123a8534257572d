import type { ClientBase, Pool, PoolClient } from 'pg';

/** An open transaction: what is written through it is committed with the append. It is ended by the store alone. */
export type PostgresTransaction = Pick<ClientBase, 'query'>;

/** How a transaction ends when its work does not throw. */
export type Ending<T> = { readonly commit: boolean; readonly value: T };

/**
 * Runs `work` in a transaction of its own and ends it as `work` says; throws what `work` throws, rolled back.
 * @throws Error when the server rolled back instead, as it does after a failed statement that `work` kept to itself
 */
export async function inTransaction<T>(pool: Pool, work: (transaction: PostgresTransaction) => Promise<Ending<T>>): Promise<T> {
  const client = await pool.connect();
  let broken: Error | undefined;
  let open = true;
  const onError = (error: Error): void => {
    broken = error;
  };
  client.on('error', onError);
  try {
    await client.query('BEGIN ISOLATION LEVEL READ COMMITTED');
    const { commit, value } = await work(client);
    const ended = await client.query(commit ? 'COMMIT' : 'ROLLBACK');
    open = false;
    if (commit && ended.command !== 'COMMIT') throw new Error('a statement failed unnoticed, so the transaction was rolled back');
    return value;
  } catch (error) {
    if (open) broken ??= await rollBack(client);
    throw error;
  } finally {
    client.off('error', onError);
    client.release(broken);
  }
}

async function rollBack(client: PoolClient): Promise<Error | undefined> {
  try {
    await client.query('ROLLBACK');
    return undefined;
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error));
  }
}
