import { type Queryable, queryRows } from '@odst/postgres';
import type { ReplayGuard } from '../app/ports.ts';

/** Rows of `used_tokens`: shared by all replicas, and there after a restart. */
export function createReplayGuard(pool: Queryable): ReplayGuard {
  return {
    async remember(iss, jti, untilMs) {
      const inserted = await queryRows(
        pool,
        `INSERT INTO used_tokens (iss, jti, until) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING RETURNING 1`,
        [iss, jti, new Date(untilMs)],
      );
      return inserted.length === 1;
    },
    async forgetExpired(nowMs) {
      await queryRows(pool, `DELETE FROM used_tokens WHERE until < $1`, [new Date(nowMs)]);
    },
  };
}
