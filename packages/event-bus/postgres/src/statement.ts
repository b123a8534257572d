import type { ClientBase, Pool, QueryResultRow } from 'pg';
import { busError } from './bus-error.ts';

/** What statements run on: a pool, or one connection. */
export type Runner = Pick<Pool | ClientBase, 'query'>;

/**
 * Runs a prepared statement.
 * @param name tells it apart from every other statement of the connection, its schema included
 * @throws OdstError COMMON_SERVICE_UNAVAILABLE, COMMON_DATABASE_UNAVAILABLE or COMMON_INTERNAL
 */
export async function runStatement<Row extends QueryResultRow>(
  runner: Runner,
  name: string,
  text: string,
  values: readonly unknown[],
): Promise<readonly Row[]> {
  try {
    return (await runner.query<Row>({ name, text, values: [...values] })).rows;
  } catch (error) {
    throw busError(error);
  }
}
