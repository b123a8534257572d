import type { QueryConfig, QueryResult, QueryResultRow } from 'pg';
import { busError } from './bus-error.ts';

/** What statements run on: a pool, or one connection, which takes one at a time. */
export interface Runner {
  query<Row extends QueryResultRow>(statement: QueryConfig): Promise<QueryResult<Row>>;
}

/** Makes the statements of one connection wait for each other. */
export function oneAtATime(connection: Runner): Runner {
  let last: Promise<unknown> = Promise.resolve();
  return {
    query<Row extends QueryResultRow>(statement: QueryConfig) {
      const result = last.then(() => connection.query<Row>(statement));
      last = result.catch(() => undefined);
      return result;
    },
  };
}

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
