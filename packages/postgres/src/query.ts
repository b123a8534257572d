import type { ClientBase, QueryConfig, QueryResult, QueryResultRow } from 'pg';
import { translateDatabaseError } from './errors.ts';

/** What statements run on: a pool, a connection, or an open transaction. */
export type Queryable = Pick<ClientBase, 'query'>;

/** A statement with its values. */
export type Statement = {
  /** Prepares it, once a connection; tells it apart from every other statement of the connection, its schema included. */
  readonly name?: string;
  readonly text: string;
  /** Of `$1`, `$2`, … */
  readonly values?: readonly unknown[];
  /** Longest wait for its answer, in milliseconds; default that of the connection. */
  readonly timeoutMs?: number;
};

/**
 * Runs a statement and gives its rows.
 * @param values of a statement that is given as text
 * @throws OdstError COMMON_DATABASE_UNAVAILABLE where a repetition may succeed
 * @throws OdstError COMMON_INTERNAL for any other error of the driver, which is its cause
 */
export async function queryRows<Row extends QueryResultRow>(
  on: Queryable,
  statement: Statement | string,
  values: readonly unknown[] = [],
): Promise<Row[]> {
  return (await run<Row>(on, statement, values)).rows;
}

/**
 * Runs a statement and gives the number of rows that it changed, or found. Throws as {@link queryRows}.
 * @param values of a statement that is given as text
 */
export async function execute(on: Queryable, statement: Statement | string, values: readonly unknown[] = []): Promise<number> {
  return (await run(on, statement, values)).rowCount ?? 0;
}

async function run<Row extends QueryResultRow>(
  on: Queryable,
  statement: Statement | string,
  values: readonly unknown[],
): Promise<QueryResult<Row>> {
  const { values: own = values, timeoutMs, ...rest }: Statement = typeof statement === 'string' ? { text: statement } : statement;
  const config: QueryConfig & { readonly query_timeout?: number } = {
    ...rest,
    values: [...own],
    ...(timeoutMs !== undefined && { query_timeout: timeoutMs }),
  };
  try {
    return await on.query<Row>(config);
  } catch (error) {
    throw translateDatabaseError(error);
  }
}

/** Makes the statements of one connection wait for each other. */
export function oneAtATime(connection: Pick<ClientBase, 'query'>): Queryable {
  let last: Promise<unknown> = Promise.resolve();
  const query = (...args: Parameters<ClientBase['query']>): Promise<unknown> => {
    const result = last.then(() => connection.query(...args));
    last = result.catch(() => undefined);
    return result;
  };
  return { query } as Queryable;
}
