import type { ReplayGuard } from '../app/ports.ts';
import type { Database } from './database.ts';

/** Rows of `used_tokens`: shared by all replicas, and there after a restart. */
export function createReplayGuard(database: Database): ReplayGuard {
  const table = database.table('used_tokens');
  return {
    async remember(iss, jti, untilMs) {
      const inserted = await database.query(
        `INSERT INTO ${table} (iss, jti, until) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING RETURNING 1`,
        [iss, jti, new Date(untilMs)],
      );
      return inserted.length === 1;
    },
    async forgetExpired(nowMs) {
      await database.query(`DELETE FROM ${table} WHERE until < $1`, [new Date(nowMs)]);
    },
  };
}
