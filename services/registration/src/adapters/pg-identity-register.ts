import { execute, type PostgresTransaction, type Queryable, queryRows } from '@odst/postgres';
import type { IdentityRegister } from '../app/ports.ts';

/** The one row of `identity`. */
export function createIdentityRegister(pool: Queryable): IdentityRegister {
  return {
    async find() {
      const [row] = await queryRows<{ iss: string; renew: boolean }>(pool, 'SELECT iss, renew FROM identity');
      return row;
    },
    async askRenewal() {
      await queryRows(pool, 'UPDATE identity SET renew = true');
    },
    async keep(transaction: PostgresTransaction, iss) {
      await execute(transaction, `INSERT INTO identity (iss) VALUES ($1)`, [iss]);
    },
    async replace(transaction: PostgresTransaction, before, iss) {
      const text = 'UPDATE identity SET iss = $2, renew = false WHERE iss = $1 AND renew RETURNING iss';
      const rows = await queryRows(transaction, text, [before, iss]);
      if (rows.length === 0) throw new Error(`the identity ${before} was renewed by somebody else`);
    },
  };
}
