import { PackageRecord } from '@odst/contracts/catalog';
import { inTransaction, type Queryable, queryRows } from '@odst/postgres';
import type { Pool } from 'pg';
import type { PageCommit, PeerStore } from '../app/ports.ts';
import type { Holder } from '../domain/transfer-plan.ts';
import { type SeenEpochs, unseen } from '../domain/twins.ts';

type CursorRow = {
  readonly cursor: string;
  readonly last_answer_at: Date | null;
  readonly restored_at: Date | null;
  readonly seen_epochs: SeenEpochs;
};
type HolderRow = { readonly sha256: string; readonly peer_iss: string; readonly likely: boolean };
type PendingRow = { readonly id: string; readonly record: unknown };

const noteAnswer = `
  INSERT INTO peer_cursors (peer_iss, cursor, last_answer_at) VALUES ($1, '', $2)
  ON CONFLICT (peer_iss) DO UPDATE SET last_answer_at = excluded.last_answer_at`;
const noteEpochs = `
  INSERT INTO peer_cursors (peer_iss, cursor, seen_epochs) VALUES ($1, '', $2)
  ON CONFLICT (peer_iss) DO UPDATE SET seen_epochs = excluded.seen_epochs`;
const moveCursor = `
  INSERT INTO peer_cursors (peer_iss, cursor, last_answer_at, refused_records, restored_at) VALUES ($1, $2, $3, $4, $5)
  ON CONFLICT (peer_iss) DO UPDATE
    SET cursor = excluded.cursor, last_answer_at = excluded.last_answer_at,
        restored_at = coalesce(excluded.restored_at, peer_cursors.restored_at),
        refused_records = peer_cursors.refused_records + excluded.refused_records`;
const dropContents = 'DELETE FROM peer_contents WHERE peer_iss = $1 AND package_uuid = ANY ($2)';
const putContents = `
  INSERT INTO peer_contents (peer_iss, package_uuid, sha256, likely)
  SELECT $1, c.package_uuid, c.sha256, bool_or(c.likely)
  FROM unnest($2::text[], $3::text[], $4::boolean[]) AS c (package_uuid, sha256, likely) GROUP BY 2, 3`;
const dropPending = 'DELETE FROM pending_records WHERE peer_iss = $1 AND package_uuid = ANY ($2)';
const putPending = `
  INSERT INTO pending_records (peer_iss, package_uuid, record)
  SELECT $1, p.package_uuid, p.record FROM unnest($2::text[], $3::json[]) AS p (package_uuid, record)`;

/** Builds what is kept of peers in PostgreSQL. @param pool connections with `search_path` set to sync's schema */
export function createPgPeerStore(pool: Pool): PeerStore {
  return {
    async load(peerIss) {
      const text = 'SELECT cursor, last_answer_at, restored_at, seen_epochs FROM peer_cursors WHERE peer_iss = $1';
      const [row] = await queryRows<CursorRow>(pool, text, [peerIss]);
      const { cursor = '', last_answer_at: lastAnswerAt, restored_at: restoredAt, seen_epochs: seen = unseen } = row ?? {};
      return { cursor, lastAnswerAt: lastAnswerAt ?? undefined, restoredAt: restoredAt ?? undefined, seen };
    },
    async noteAnswer(peerIss, answeredAt) {
      await queryRows(pool, noteAnswer, [peerIss, answeredAt]);
    },
    async noteEpochs(peerIss, seen) {
      await queryRows(pool, noteEpochs, [peerIss, JSON.stringify(seen)]);
    },
    commitPage: (page) => inTransaction(pool, (client) => commitPage(client, page)),
    async holdersOf(sha256s) {
      const text = 'SELECT sha256, peer_iss, bool_or(likely) AS likely FROM peer_contents WHERE sha256 = ANY ($1) GROUP BY 1, 2';
      const holders = new Map<string, Holder[]>();
      for (const { sha256, peer_iss: peerIss, likely } of await queryRows<HolderRow>(pool, text, [sha256s])) {
        holders.set(sha256, [...(holders.get(sha256) ?? []), { peerIss, likely }]);
      }
      return holders;
    },
    async pendingOf(peerIss) {
      const text = 'SELECT id, record FROM pending_records WHERE peer_iss = $1 ORDER BY id';
      const rows = await queryRows<PendingRow>(pool, text, [peerIss]);
      return rows.map((row) => ({ id: BigInt(row.id), peerIss, record: PackageRecord.fromJSON(row.record) }));
    },
    async heldBack() {
      const text = 'SELECT peer_iss, count(*)::integer AS records FROM pending_records GROUP BY 1';
      const rows = await queryRows<{ readonly peer_iss: string; readonly records: number }>(pool, text);
      return new Map(rows.map((row) => [row.peer_iss, row.records]));
    },
    async settle(ids) {
      await queryRows(pool, 'DELETE FROM pending_records WHERE id = ANY ($1)', [ids]);
    },
    async rewind(peerIss) {
      await queryRows(pool, `UPDATE peer_cursors SET cursor = '' WHERE peer_iss = $1`, [peerIss]);
    },
    forget: (peerIss) =>
      inTransaction(pool, async (client) => {
        for (const table of ['peer_cursors', 'peer_contents', 'pending_records']) {
          await queryRows(client, `DELETE FROM ${table} WHERE peer_iss = $1`, [peerIss]);
        }
      }),
    async knownPeers() {
      const rows = await queryRows<{ peer_iss: string }>(pool, 'SELECT peer_iss FROM peer_cursors');
      return rows.map((row) => row.peer_iss);
    },
  };
}

async function commitPage(client: Queryable, page: PageCommit): Promise<void> {
  const { peerIss, contents, postponed } = page;
  await queryRows(client, moveCursor, [peerIss, page.cursor, page.answeredAt, page.refused, page.restoredAt]);
  await queryRows(client, dropContents, [peerIss, contents.map((content) => content.packageUuid)]);
  await queryRows(client, putContents, [
    peerIss,
    contents.map((content) => content.packageUuid),
    contents.map((content) => content.sha256),
    contents.map((content) => content.likely),
  ]);
  // A lying peer may name a package twice in a page; the last one stands.
  const pending = [...new Map(postponed.map((record) => [record.uuid, record])).values()];
  await queryRows(client, dropPending, [peerIss, [...page.settled, ...pending.map((record) => record.uuid)]]);
  await queryRows(client, putPending, [
    peerIss,
    pending.map((record) => record.uuid),
    pending.map((record) => JSON.stringify(PackageRecord.toJSON(record))),
  ]);
}
