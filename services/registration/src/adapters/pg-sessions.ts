import { execute, type Queryable, queryRows } from '@odst/postgres';
import type { SessionRow, SessionRows } from '../app/ports.ts';

const columns = `session_id AS "sessionId", token_hash AS "tokenHash", username, password_secret_id AS "passwordSecretId",
  started_at AS "startedAt", active_at AS "activeAt", remote_address AS "remoteAddress", user_agent AS "userAgent"`;

/** Rows of `sessions`. */
export function createSessionRows(pool: Queryable): SessionRows {
  return {
    async add(transaction: Queryable, row, most) {
      await execute(
        transaction,
        `INSERT INTO sessions (session_id, token_hash, username, password_secret_id, started_at, active_at, remote_address, user_agent)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`,
        [
          row.sessionId,
          row.tokenHash,
          row.username,
          row.passwordSecretId,
          row.startedAt,
          row.activeAt,
          row.remoteAddress,
          row.userAgent,
        ],
      );
      await execute(
        transaction,
        `DELETE FROM sessions WHERE session_id IN
           (SELECT session_id FROM sessions WHERE username = $1 ORDER BY active_at DESC, session_id OFFSET $2)`,
        [row.username, most],
      );
    },
    async find(tokenHash) {
      const [row] = await queryRows<SessionRow>(pool, `SELECT ${columns} FROM sessions WHERE token_hash = $1`, [tokenHash]);
      return row;
    },
    list: (username) =>
      queryRows<SessionRow>(
        pool,
        `SELECT ${columns} FROM sessions WHERE $1::text IS NULL OR username = $1 ORDER BY active_at DESC, session_id`,
        [username ?? null],
      ),
    async touch(sessionId, activeAt) {
      await execute(pool, 'UPDATE sessions SET active_at = greatest(active_at, $2) WHERE session_id = $1', [sessionId, activeAt]);
    },
    async carryOver(transaction: Queryable, sessionId, { passwordSecretId, tokenHash }) {
      await execute(transaction, 'UPDATE sessions SET password_secret_id = $2, token_hash = $3 WHERE session_id = $1', [
        sessionId,
        passwordSecretId,
        tokenHash,
      ]);
    },
    async remove(transaction: Queryable, sessionId) {
      await execute(transaction, 'DELETE FROM sessions WHERE session_id = $1', [sessionId]);
    },
    async forgetExpired({ idleSince, startedBefore }) {
      await execute(pool, 'DELETE FROM sessions WHERE active_at <= $1 OR started_at <= $2', [idleSince, startedBefore]);
    },
  };
}
