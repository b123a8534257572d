import { inTransaction, type Queryable, queryRows } from '@odst/postgres';
import type { Pool } from 'pg';
import type { PageCommit, PeerStore } from '../app/ports.ts';
import type { Comparison } from '../domain/comparison.ts';
import { contentKey } from '../domain/content-id.ts';
import type { Holder } from '../domain/transfer-plan.ts';
import { type SeenEpochs, unseen } from '../domain/twins.ts';
import { createPgHeldChanges, replaceHeld } from './pg-held-changes.ts';

type CursorRow = {
  readonly cursor: string;
  readonly last_answer_at: Date | null;
  readonly restored_at: Date | null;
  readonly read_to_end_at: Date | null;
  readonly seen_epochs: SeenEpochs;
  readonly dropped_held: boolean;
  readonly comparison: ComparisonJson | null;
};
/** A comparison as JSON. */
type ComparisonJson = Omit<Comparison, 'comparedAt'> & { readonly comparedAt: string };
type HolderRow = {
  readonly sha256: string;
  readonly manifest_digest: string;
  readonly peer_iss: string;
  readonly likely: boolean;
};

const noteAnswer = `
  INSERT INTO peer_cursors (peer_iss, cursor, last_answer_at, read_to_end_at) VALUES ($1, '', $2, $2)
  ON CONFLICT (peer_iss) DO UPDATE SET last_answer_at = excluded.last_answer_at, read_to_end_at = excluded.read_to_end_at`;
const noteEpochs = `
  INSERT INTO peer_cursors (peer_iss, cursor, seen_epochs) VALUES ($1, '', $2)
  ON CONFLICT (peer_iss) DO UPDATE SET seen_epochs = excluded.seen_epochs`;
const noteComparison = `
  INSERT INTO peer_cursors (peer_iss, cursor, comparison) VALUES ($1, '', $2)
  ON CONFLICT (peer_iss) DO UPDATE SET comparison = excluded.comparison`;
const moveCursor = `
  INSERT INTO peer_cursors (peer_iss, cursor, last_answer_at, restored_at, read_to_end_at) VALUES ($1, coalesce($2, ''), $3, $4, $5)
  ON CONFLICT (peer_iss) DO UPDATE
    SET cursor = coalesce($2, peer_cursors.cursor), last_answer_at = excluded.last_answer_at,
        read_to_end_at = coalesce(excluded.read_to_end_at, peer_cursors.read_to_end_at),
        restored_at = coalesce(excluded.restored_at, peer_cursors.restored_at)`;
const dropContents = 'DELETE FROM peer_contents WHERE peer_iss = $1 AND package_uuid = ANY ($2)';
const putContents = `
  INSERT INTO peer_contents (peer_iss, package_uuid, sha256, manifest_digest, likely)
  SELECT $1, c.package_uuid, c.sha256, c.manifest_digest, bool_or(c.likely)
  FROM unnest($2::text[], $3::text[], $4::text[], $5::boolean[]) AS c (package_uuid, sha256, manifest_digest, likely) GROUP BY 2, 3, 4`;
const selectHolders = `
  SELECT sha256, manifest_digest, peer_iss, bool_or(likely) AS likely FROM peer_contents
  WHERE (sha256, manifest_digest) IN (SELECT * FROM unnest($1::text[], $2::text[])) GROUP BY 1, 2, 3`;

/** Builds what is kept of peers in PostgreSQL. @param pool connections with `search_path` set to sync's schema */
export function createPgPeerStore(pool: Pool): PeerStore {
  return {
    async load(peerIss) {
      const text = `
        SELECT cursor, last_answer_at, restored_at, read_to_end_at, seen_epochs, dropped_held, comparison
        FROM peer_cursors WHERE peer_iss = $1`;
      const [row] = await queryRows<CursorRow>(pool, text, [peerIss]);
      return {
        cursor: row?.cursor ?? '',
        lastAnswerAt: row?.last_answer_at ?? undefined,
        restoredAt: row?.restored_at ?? undefined,
        readToEndAt: row?.read_to_end_at ?? undefined,
        seen: row?.seen_epochs ?? unseen,
        droppedHeld: row?.dropped_held ?? false,
        comparison: row?.comparison ? { ...row.comparison, comparedAt: new Date(row.comparison.comparedAt) } : undefined,
      };
    },
    async noteAnswer(peerIss, answeredAt) {
      await queryRows(pool, noteAnswer, [peerIss, answeredAt]);
    },
    async noteComparison(peerIss, comparison) {
      await queryRows(pool, noteComparison, [peerIss, JSON.stringify(comparison)]);
    },
    async noteEpochs(peerIss, seen) {
      await queryRows(pool, noteEpochs, [peerIss, JSON.stringify(seen)]);
    },
    commitPage: (page) => inTransaction(pool, (client) => commitPage(client, page)),
    async holdersOf(contents) {
      const holders = new Map<string, Holder[]>();
      const ids = [contents.map(({ sha256 }) => sha256), contents.map(({ manifestDigest }) => manifestDigest)];
      for (const row of await queryRows<HolderRow>(pool, selectHolders, ids)) {
        const key = contentKey({ sha256: row.sha256, manifestDigest: row.manifest_digest });
        const known = holders.get(key);
        const holder = { peerIss: row.peer_iss, likely: row.likely };
        if (known === undefined) holders.set(key, [holder]);
        else known.push(holder);
      }
      return holders;
    },
    ...createPgHeldChanges(pool),
    async rewind(peerIss) {
      await queryRows(pool, `UPDATE peer_cursors SET cursor = '' WHERE peer_iss = $1`, [peerIss]);
    },
    forget: (peerIss) =>
      inTransaction(pool, async (client) => {
        for (const table of ['peer_cursors', 'peer_contents', 'held_changes']) {
          await queryRows(client, `DELETE FROM ${table} WHERE peer_iss = $1`, [peerIss]);
        }
      }),
    async knownPeers() {
      const rows = await queryRows<{ peer_iss: string }>(pool, 'SELECT peer_iss FROM peer_cursors');
      return rows.map((row) => row.peer_iss);
    },
  };
}

async function commitPage(client: Queryable, page: PageCommit): Promise<boolean> {
  const { peerIss, contents, packages, held, answeredAt } = page;
  const readToEndAt = page.isLast ? answeredAt : undefined;
  await queryRows(client, moveCursor, [peerIss, page.cursor ?? null, answeredAt, page.restoredAt, readToEndAt]);
  await queryRows(client, dropContents, [peerIss, packages]);
  await queryRows(client, putContents, [
    peerIss,
    contents.map((content) => content.packageUuid),
    contents.map((content) => content.sha256),
    contents.map((content) => content.manifestDigest),
    contents.map((content) => content.likely),
  ]);
  return replaceHeld(client, { peerIss, packages, held, at: answeredAt });
}
