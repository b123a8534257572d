import { escapeIdentifier, type Pool, type PoolClient } from 'pg';
import type { ProjectionTransaction } from './projection.ts';

/** Runs `work` in a transaction whose search path is the schema; commits, or rolls back and throws what was thrown. */
export async function inSchema<T>(
  pool: Pool,
  schema: string,
  work: (transaction: ProjectionTransaction) => Promise<T>,
): Promise<T> {
  const client = await pool.connect();
  let broken: Error | undefined;
  const onError = (error: Error): void => {
    broken = error;
  };
  client.on('error', onError);
  try {
    await client.query(`BEGIN ISOLATION LEVEL READ COMMITTED; SET LOCAL search_path TO ${escapeIdentifier(schema)}`);
    const value = await work(client);
    const { command } = await client.query('COMMIT');
    if (command !== 'COMMIT') throw new Error('a statement failed unnoticed, so the transaction was rolled back');
    return value;
  } catch (error) {
    broken ??= await rollBack(client);
    throw error;
  } finally {
    client.off('error', onError);
    client.release(broken);
  }
}

async function rollBack(client: PoolClient): Promise<Error | undefined> {
  try {
    if (client.getTransactionStatus() !== 'I') await client.query('ROLLBACK');
    return undefined;
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error));
  }
}
