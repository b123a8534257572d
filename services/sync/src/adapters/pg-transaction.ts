import { translateDatabaseError } from '@odst/postgres';
import type { ClientBase, Pool, QueryResultRow } from 'pg';

/** What a query runs on. */
export type Queryable = Pick<ClientBase, 'query'>;

/** Rows of one statement. @throws OdstError COMMON_DATABASE_UNAVAILABLE */
export async function rowsOf<Row extends QueryResultRow>(
  on: Queryable | Pool,
  text: string,
  values: readonly unknown[] = [],
): Promise<Row[]> {
  try {
    return (await on.query<Row>(text, [...values])).rows;
  } catch (error) {
    throw translateDatabaseError(error);
  }
}

/** Runs `work` in a transaction; rolled back when it throws. @throws OdstError COMMON_DATABASE_UNAVAILABLE */
export async function inTransaction<T>(pool: Pool, work: (client: Queryable) => Promise<T>): Promise<T> {
  const client = await pool.connect().catch((error: unknown) => {
    throw translateDatabaseError(error);
  });
  let broken: Error | undefined;
  const onError = (error: Error): void => {
    broken = error;
  };
  client.on('error', onError);
  try {
    await rowsOf(client, 'BEGIN');
    const result = await work(client);
    await rowsOf(client, 'COMMIT');
    return result;
  } catch (error) {
    await client.query('ROLLBACK').catch((cause: unknown) => {
      broken ??= cause instanceof Error ? cause : new Error(String(cause));
    });
    throw error;
  } finally {
    client.off('error', onError);
    client.release(broken);
  }
}
