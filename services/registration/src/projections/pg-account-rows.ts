import { type Queryable, queryRows } from '@odst/postgres';
import type { ProjectionRunner } from '@odst/projections';
import type { AccountRow, AccountRows } from '../app/ports.ts';

/** Reads the table `accounts`. */
export function createAccountRows(pool: Queryable, projection: Pick<ProjectionRunner, 'waitFor'>): AccountRows {
  const text = `SELECT username, role, stages, default_password AS "defaultPassword", created_at AS "createdAt",
      password_changed_at AS "passwordChangedAt", version
    FROM accounts ORDER BY username`;
  return {
    async all(position) {
      await projection.waitFor(position);
      const rows = await queryRows<Omit<AccountRow, 'version'> & { version: string }>(pool, text);
      return rows.map((row) => ({ ...row, version: BigInt(row.version) }));
    },
  };
}
