import { translateDatabaseError } from '@odst/postgres';
import { escapeIdentifier, type Pool, type QueryResultRow } from 'pg';

/** The service's tables. */
export interface Database {
  /** Quoted name of a table or sequence, with the schema. */
  table(name: string): string;
  /** @throws OdstError COMMON_DATABASE_UNAVAILABLE when PostgreSQL cannot be reached */
  query<Row extends QueryResultRow>(text: string, values: readonly unknown[]): Promise<Row[]>;
}

/** The tables of a schema, over the service's pool. */
export function createDatabase(pool: Pool, schema: string): Database {
  return {
    table: (name) => `${escapeIdentifier(schema)}.${escapeIdentifier(name)}`,
    async query<Row extends QueryResultRow>(text: string, values: readonly unknown[]) {
      try {
        return (await pool.query<Row>(text, [...values])).rows;
      } catch (error) {
        throw translateDatabaseError(error);
      }
    },
  };
}
