import { execute, type Queryable, queryRows } from '@odst/postgres';
import type { KnownLoginRows } from '../app/ports.ts';

/** Rows of `known_logins`. */
export function createKnownLoginRows(pool: Queryable): KnownLoginRows {
  return {
    async has(mark, sinceMs) {
      const text = 'SELECT 1 FROM known_logins WHERE mark = $1 AND seen_at >= $2';
      return (await queryRows(pool, text, [mark, new Date(sinceMs)])).length > 0;
    },
    async remember({ username, mark, seenAtMs }, { most, sinceMs }) {
      await execute(
        pool,
        `INSERT INTO known_logins AS known (mark, username, seen_at) VALUES ($1, $2, $3)
         ON CONFLICT (mark) DO UPDATE SET seen_at = greatest(known.seen_at, excluded.seen_at)`,
        [mark, username, new Date(seenAtMs)],
      );
      await execute(
        pool,
        `DELETE FROM known_logins WHERE seen_at < $1
         OR mark IN (SELECT mark FROM known_logins WHERE username = $2 ORDER BY seen_at DESC OFFSET $3)`,
        [new Date(sinceMs), username, most],
      );
    },
  };
}
