import { type PostgresTransaction, translateDatabaseError } from '@odst/postgres';
import type { QueryResultRow } from 'pg';

/** Reads rows, driver errors translated. */
export async function selectRows<Row extends QueryResultRow>(
  database: PostgresTransaction,
  text: string,
  values: readonly unknown[] = [],
): Promise<readonly Row[]> {
  try {
    return (await database.query<Row>(text, [...values])).rows;
  } catch (error) {
    throw translateDatabaseError(error);
  }
}
