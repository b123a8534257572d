import { execute, type Queryable, queryRows } from '@odst/postgres';
import type { TokenUse, TokenUses } from '../app/ports.ts';

/** Rows of `token_uses`. */
export function createTokenUses(pool: Queryable): TokenUses {
  return {
    async record({ tokenId, usedAt, remoteAddress }) {
      await execute(
        pool,
        `INSERT INTO token_uses AS known (token_id, used_at, remote_address) VALUES ($1, $2, $3)
         ON CONFLICT (token_id) DO UPDATE SET used_at = excluded.used_at, remote_address = excluded.remote_address
         WHERE known.used_at < excluded.used_at`,
        [tokenId, usedAt, remoteAddress],
      );
    },
    list: () =>
      queryRows<TokenUse>(
        pool,
        'SELECT token_id AS "tokenId", used_at AS "usedAt", remote_address AS "remoteAddress" FROM token_uses',
      ),
  };
}
