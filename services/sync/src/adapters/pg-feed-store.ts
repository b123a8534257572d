import { PackageRecord } from '@odst/contracts/catalog';
import { inTransaction, queryRows } from '@odst/postgres';
import type { Pool } from 'pg';
import type { FeedStore } from '../app/ports.ts';

type HeadRow = { readonly feed_id: string; readonly position: string };
type EntryRow = { readonly position: string; readonly record: unknown };

const lockHead = 'SELECT FROM feed_head FOR UPDATE';
const isKnown = 'SELECT FROM feed WHERE package_uuid = $1 AND catalog_position >= $2';
const takeNext = 'UPDATE feed_head SET position = position + 1 RETURNING feed_id, position';
const putEntry = `
  INSERT INTO feed (package_uuid, position, catalog_position, record) VALUES ($1, $2, $3, $4)
  ON CONFLICT (package_uuid) DO UPDATE
    SET position = excluded.position, catalog_position = excluded.catalog_position, record = excluded.record`;

/** Builds the feed in PostgreSQL. @param pool connections with `search_path` set to sync's schema */
export function createPgFeedStore(pool: Pool, newFeedId: () => string): FeedStore {
  const head = async () => {
    const [row] = await queryRows<HeadRow>(pool, 'SELECT feed_id, position FROM feed_head');
    if (row !== undefined) return { feedId: row.feed_id, position: BigInt(row.position) };
    await queryRows(pool, 'INSERT INTO feed_head (feed_id, position) VALUES ($1, 0) ON CONFLICT DO NOTHING', [newFeedId()]);
    const [made] = await queryRows<HeadRow>(pool, 'SELECT feed_id, position FROM feed_head');
    if (made === undefined) throw new Error('the feed has no head');
    return { feedId: made.feed_id, position: BigInt(made.position) };
  };

  return {
    head,
    async put(record, catalogPosition) {
      await head();
      return inTransaction(pool, async (client) => {
        // The lock on the head comes first: it makes puts wait for each other, so the look below is current.
        await queryRows(client, lockHead);
        if ((await queryRows(client, isKnown, [record.uuid, catalogPosition])).length > 0) return false;
        const [next] = await queryRows<HeadRow>(client, takeNext);
        if (next === undefined) throw new Error('the feed has no head');
        const json = JSON.stringify(PackageRecord.toJSON(record));
        await queryRows(client, putEntry, [record.uuid, next.position, catalogPosition, json]);
        return true;
      });
    },
    async read(after, limit) {
      const text = 'SELECT position, record FROM feed WHERE position > $1 ORDER BY position LIMIT $2';
      const rows = await queryRows<EntryRow>(pool, text, [after, limit]);
      return rows.map((row) => ({ position: BigInt(row.position), record: PackageRecord.fromJSON(row.record) }));
    },
  };
}
