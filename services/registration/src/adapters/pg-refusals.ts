import { execute, type Queryable, queryRows } from '@odst/postgres';
import type { CountedRefusal, RefusalRows } from '../app/ports.ts';

const columns = `minute, actor, network, code, action, remote_address AS "remoteAddress", method, path, count::int, first_at AS "firstAt",
  last_at AS "lastAt"`;
const anywhere = "concat_ws(' ', actor, remote_address, code, action, method, path)";

/** Rows of `refusals`. */
export function createRefusalRows(pool: Queryable): RefusalRows {
  return {
    async add(refusals) {
      const column = <Name extends keyof CountedRefusal>(name: Name) => refusals.map((refusal) => refusal[name]);
      await execute(
        pool,
        `INSERT INTO refusals AS known (minute, actor, network, code, action, remote_address, method, path, count, first_at, last_at)
         SELECT * FROM unnest($1::timestamptz[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[],
           $9::bigint[], $10::timestamptz[], $11::timestamptz[])
         ON CONFLICT (minute, actor, network, code, action) DO UPDATE
         SET count = known.count + excluded.count, last_at = greatest(known.last_at, excluded.last_at)`,
        [
          column('minute'),
          column('actor'),
          column('network'),
          column('code'),
          column('action'),
          column('remoteAddress'),
          column('method'),
          column('path'),
          column('count'),
          column('firstAt'),
          column('lastAt'),
        ],
      );
    },
    async list({ beforeId, limit, actor, text, action, since, until }) {
      const rows = await queryRows<CountedRefusal & { readonly id: string }>(
        pool,
        `SELECT id, ${columns} FROM refusals
         WHERE ($1::bigint = 0 OR id < $1) AND ($2 = '' OR actor = $2) AND position(lower($3) IN lower(${anywhere})) > 0
           AND ($5::text IS NULL OR action = $5) AND ($6::timestamptz IS NULL OR last_at >= $6)
           AND ($7::timestamptz IS NULL OR first_at < $7)
         ORDER BY id DESC LIMIT $4`,
        [beforeId.toString(), actor, text, limit, action ?? null, since ?? null, until ?? null],
      );
      return rows.map((row) => ({ ...row, id: BigInt(row.id) }));
    },
    async forget({ since, most }) {
      await execute(
        pool,
        'DELETE FROM refusals WHERE minute < $1 OR id <= (SELECT id FROM refusals ORDER BY id DESC OFFSET $2 LIMIT 1)',
        [since, most],
      );
    },
  };
}
