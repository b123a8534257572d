import type { PostgresTransaction } from '@odst/postgres';
import type { IdentityRegister } from '../app/ports.ts';
import type { Database } from './database.ts';

/** The one row of `identity`. */
export function createIdentityRegister(database: Database): IdentityRegister {
  const table = database.table('identity');
  return {
    async find() {
      const [row] = await database.query<{ iss: string }>(`SELECT iss FROM ${table}`, []);
      return row?.iss;
    },
    async keep(transaction: PostgresTransaction, iss) {
      await transaction.query(`INSERT INTO ${table} (iss) VALUES ($1)`, [iss]);
    },
  };
}
