import { type Queryable, queryRows } from '@odst/postgres';
import type { ProfilePushes } from '../app/ports.ts';

type Row = { readonly told_stamp: string; readonly failures: number; readonly next_try_at: Date };

/** Rows of `profile_pushes`. */
export function createProfilePushes(pool: Queryable): ProfilePushes {
  return {
    async find(iss) {
      const text = `SELECT told_stamp, failures, next_try_at FROM profile_pushes WHERE iss = $1`;
      const [row] = await queryRows<Row>(pool, text, [iss]);
      if (row === undefined) return undefined;
      return { iss, toldStamp: BigInt(row.told_stamp), failures: row.failures, nextTryAtMs: row.next_try_at.getTime() };
    },
    async save({ iss, toldStamp, failures, nextTryAtMs }) {
      await queryRows(
        pool,
        `INSERT INTO profile_pushes (iss, told_stamp, failures, next_try_at) VALUES ($1, $2, $3, $4)
         ON CONFLICT (iss) DO UPDATE
         SET told_stamp = excluded.told_stamp, failures = excluded.failures, next_try_at = excluded.next_try_at`,
        [iss, toldStamp, failures, new Date(nextTryAtMs)],
      );
    },
  };
}
