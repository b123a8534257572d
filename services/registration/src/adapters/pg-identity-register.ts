import { execute, type PostgresTransaction, type Queryable, queryRows } from '@odst/postgres';
import type { IdentityRegister } from '../app/ports.ts';

/** The one row of `identity`. */
export function createIdentityRegister(pool: Queryable): IdentityRegister {
  return {
    async find() {
      const [row] = await queryRows<{ iss: string }>(pool, 'SELECT iss FROM identity');
      return row?.iss;
    },
    async keep(transaction: PostgresTransaction, iss) {
      await execute(transaction, `INSERT INTO identity (iss) VALUES ($1)`, [iss]);
    },
  };
}
