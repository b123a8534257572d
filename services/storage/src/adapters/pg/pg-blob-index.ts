import { execute, type PostgresTransaction, queryRows } from '@odst/postgres';
import type { BlobIndex, HeldBlob, StoredBlob } from '../../app/ports.ts';

type BlobRow = { readonly sha256: string; readonly sha1: string; readonly size_bytes: string; readonly manifest_digest: string };

type StoredRow = {
  readonly sha256: string;
  readonly status: StoredBlob['status'];
  readonly unreferenced_since: Date | null;
};

const select = 'SELECT sha256, sha1, size_bytes, manifest_digest FROM blobs';

const heldOf = (row: BlobRow): HeldBlob => ({
  sha256: row.sha256,
  sha1: row.sha1,
  sizeBytes: Number(row.size_bytes),
  manifestDigest: row.manifest_digest,
});

/** The blob index in the table `blobs`; `pool` finds it by its search path. */
export function createPgBlobIndex(pool: PostgresTransaction): BlobIndex<PostgresTransaction> {
  return {
    async save(transaction, sha256, state) {
      if (state.status === 'absent') {
        await execute(transaction, `DELETE FROM blobs WHERE sha256 = $1`, [sha256]);
        return;
      }
      await execute(
        transaction,
        `WITH back AS (DELETE FROM removed_blobs WHERE sha256 = $1)
         INSERT INTO blobs (sha256, status, sha1, size_bytes, manifest_digest, claimed, unreferenced_since)
         VALUES ($1, $2, $3, $4, $5, $6, $7)
         ON CONFLICT (sha256) DO UPDATE SET status = excluded.status, sha1 = excluded.sha1,
           size_bytes = excluded.size_bytes, manifest_digest = excluded.manifest_digest,
           claimed = blobs.claimed OR excluded.claimed, unreferenced_since = excluded.unreferenced_since`,
        [
          sha256,
          state.status,
          state.status === 'verified' ? state.sha1 : null,
          state.sizeBytes,
          state.manifestDigest,
          state.claimed,
          state.unreferencedSince ?? null,
        ],
      );
    },
    async find(sha256) {
      const [row] = await queryRows<BlobRow>(pool, `${select} WHERE sha256 = $1 AND status = 'verified'`, [sha256]);
      return row === undefined ? undefined : heldOf(row);
    },
    async hold(sha256s) {
      const text = `SELECT sha256, sha1, size_bytes, manifest_digest, claimed AND unreferenced_since IS NULL AS in_use
        FROM blobs WHERE sha256 = ANY ($1) AND status = 'verified'`;
      const rows = await queryRows<BlobRow & { readonly in_use: boolean }>(pool, text, [sha256s]);
      return rows.map((row) => ({ ...heldOf(row), inUse: row.in_use }));
    },
    async noteAccepted(transaction, sha256) {
      await execute(transaction, `UPDATE blobs SET claimed = true WHERE sha256 = $1 AND NOT claimed`, [sha256]);
    },
    async listStored(after, limit) {
      const text = `SELECT sha256, status, unreferenced_since FROM blobs WHERE sha256 > $1 ORDER BY sha256 LIMIT $2`;
      return (await queryRows<StoredRow>(pool, text, [after, limit])).map(
        ({ sha256, status, unreferenced_since }): StoredBlob => ({
          sha256,
          status,
          unreferencedSince: unreferenced_since ?? undefined,
        }),
      );
    },
    async listKnown(sha256s) {
      const text = `SELECT sha256 FROM unnest($1::text[]) AS given (sha256)
        WHERE sha256 IN (SELECT sha256 FROM blobs UNION ALL SELECT sha256 FROM removed_blobs UNION ALL
          SELECT sha256 FROM uploads WHERE status IN ('started', 'completed') AND sha256 IS NOT NULL)`;
      return new Set((await queryRows<{ sha256: string }>(pool, text, [sha256s])).map(({ sha256 }) => sha256));
    },
    async unreferencedBytes() {
      const text = `SELECT coalesce(sum(size_bytes), 0) AS bytes FROM blobs WHERE unreferenced_since IS NOT NULL AND status = 'verified'`;
      const [row] = await queryRows<{ bytes: string }>(pool, text);
      return Number(row?.bytes);
    },
    async heldBytes() {
      const text = `SELECT coalesce(sum(size_bytes), 0) AS bytes FROM blobs WHERE status = 'verified'`;
      const [row] = await queryRows<{ bytes: string }>(pool, text);
      return Number(row?.bytes);
    },
    async listVerified(prefix, after, limit) {
      const text = `${select} WHERE status = 'verified' AND sha256 > greatest($1, $2) AND starts_with(sha256, $2) ORDER BY sha256 LIMIT $3`;
      return (await queryRows<BlobRow>(pool, text, [after, prefix, limit])).map(heldOf);
    },
    async listUnsealed() {
      const text = `SELECT sha256 FROM blobs WHERE status = 'verified' AND manifest_digest = '' ORDER BY size_bytes, sha256`;
      return (await queryRows<{ sha256: string }>(pool, text)).map(({ sha256 }) => sha256);
    },
    async isFetching(sha256) {
      const text = `SELECT FROM blobs WHERE sha256 = $1 AND status = 'fetching'`;
      return (await queryRows(pool, text, [sha256])).length > 0;
    },
  };
}
