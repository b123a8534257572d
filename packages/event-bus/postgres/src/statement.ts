import { isOdstError, OdstError } from '@odst/kernel';
import { type Queryable, queryRows } from '@odst/postgres';
import type { QueryResultRow } from 'pg';

/**
 * Runs a prepared statement of the bus.
 * @param name tells it apart from every other statement of the connection, its schema included
 * @throws OdstError COMMON_SERVICE_UNAVAILABLE when the bus could not be reached
 * @throws OdstError COMMON_INTERNAL
 */
export async function runStatement<Row extends QueryResultRow>(
  runner: Queryable,
  name: string,
  text: string,
  values: readonly unknown[],
): Promise<readonly Row[]> {
  try {
    return await queryRows<Row>(runner, { name, text, values });
  } catch (error) {
    if (!isOdstError(error, 'COMMON_DATABASE_UNAVAILABLE')) throw error;
    throw new OdstError('COMMON_SERVICE_UNAVAILABLE', 'the event bus could not be reached', {}, { cause: error });
  }
}
