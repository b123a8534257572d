import type { ProfilePushes } from '../app/ports.ts';
import type { Database } from './database.ts';

type Row = { readonly told_sha256: string; readonly failures: number; readonly next_try_at: Date };

/** Rows of `profile_pushes`. */
export function createProfilePushes(database: Database): ProfilePushes {
  const table = database.table('profile_pushes');
  return {
    async find(iss) {
      const text = `SELECT told_sha256, failures, next_try_at FROM ${table} WHERE iss = $1`;
      const [row] = await database.query<Row>(text, [iss]);
      if (row === undefined) return undefined;
      return { iss, toldSha256: row.told_sha256, failures: row.failures, nextTryAtMs: row.next_try_at.getTime() };
    },
    async save({ iss, toldSha256, failures, nextTryAtMs }) {
      await database.query(
        `INSERT INTO ${table} (iss, told_sha256, failures, next_try_at) VALUES ($1, $2, $3, $4)
         ON CONFLICT (iss) DO UPDATE
         SET told_sha256 = excluded.told_sha256, failures = excluded.failures, next_try_at = excluded.next_try_at`,
        [iss, toldSha256, failures, new Date(nextTryAtMs)],
      );
    },
  };
}
