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
    return await inSchemaOn(client, schema, work);
  } catch (error) {
    // A connection on which even the roll-back failed is of no use to the next one.
    if (client.getTransactionStatus() !== 'I') broken ??= error instanceof Error ? error : new Error(String(error));
    throw error;
  } finally {
    client.off('error', onError);
    client.release(broken);
  }
}

/** The same on a connection that the caller keeps. */
export async function inSchemaOn<T>(
  client: PoolClient,
  schema: string,
  work: (transaction: ProjectionTransaction) => Promise<T>,
): Promise<T> {
  try {
    await client.query(`BEGIN ISOLATION LEVEL READ COMMITTED; SET LOCAL search_path TO ${escapeIdentifier(schema)}`);
    const value = await work(client);
    const { command } = await client.query('COMMIT');
    if (command !== 'COMMIT') throw new Error('a statement failed unnoticed, so the transaction was rolled back');
    return value;
  } catch (error) {
    // On a lost connection it fails too, and the first error is the one to tell.
    if (client.getTransactionStatus() !== 'I') await client.query('ROLLBACK').catch(() => undefined);
    throw error;
  }
}
