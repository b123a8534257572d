import { type ClientBase, escapeIdentifier, type Pool } from 'pg';
import { isConnectionLoss, translateDatabaseError } from './errors.ts';
import type { Queryable } from './query.ts';

/** An open transaction: what is written through it is committed as a whole or not at all. Only who opened it ends it. */
export type PostgresTransaction = Queryable;

/** Of {@link inTransaction}. */
export type TransactionOptions = {
  /** Schema in which the transaction finds unqualified names; default that of the connection. */
  readonly schema?: string;
};

/**
 * Runs `work` in a transaction on a connection of the pool, commits, and gives what `work` gave. When `work` throws, the
 * transaction is rolled back.
 * @throws what `work` threw, unless that tells of a lost connection
 * @throws OdstError COMMON_DATABASE_UNAVAILABLE when the database was not reached or the connection broke
 * @throws OdstError COMMON_INTERNAL when `work` kept the failure of a statement to itself, so that nothing was committed
 */
export async function inTransaction<T>(
  pool: Pool,
  work: (transaction: PostgresTransaction) => Promise<T>,
  options: TransactionOptions = {},
): Promise<T> {
  const client = await pool.connect().catch((error: unknown) => {
    throw translateDatabaseError(error);
  });
  let broken: Error | undefined;
  const onError = (error: Error): void => {
    broken = error;
  };
  client.on('error', onError);
  try {
    return await inTransactionOn(client, work, options);
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
export async function inTransactionOn<T>(
  client: ClientBase,
  work: (transaction: PostgresTransaction) => Promise<T>,
  { schema }: TransactionOptions = {},
): Promise<T> {
  const refusals = new Set<unknown>();
  try {
    const path = schema === undefined ? '' : `; SET LOCAL search_path TO ${escapeIdentifier(schema)}`;
    await client.query(`BEGIN ISOLATION LEVEL READ COMMITTED${path}`);
    const value = await work(client).catch((error: unknown) => {
      refusals.add(error);
      throw error;
    });
    const { command } = await client.query('COMMIT');
    if (command !== 'COMMIT') throw new Error('a statement failed unnoticed, so the transaction was rolled back');
    return value;
  } catch (error) {
    // On a lost connection it fails too, and the first error is the one to tell.
    if (client.getTransactionStatus() !== 'I') await client.query('ROLLBACK').catch(() => undefined);
    throw refusals.has(error) && !isConnectionLoss(error) ? error : translateDatabaseError(error);
  }
}
