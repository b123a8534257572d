import { execute, type PostgresTransaction, queryRows } from '@odst/postgres';
import type { BlobIndex, HeldBlob } from '../../app/ports.ts';

type BlobRow = { readonly sha256: string; readonly sha1: string; readonly size_bytes: string; readonly manifest_digest: string };

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
        `INSERT INTO blobs (sha256, status, sha1, size_bytes, manifest_digest) VALUES ($1, $2, $3, $4, $5)
         ON CONFLICT (sha256) DO UPDATE SET status = excluded.status, sha1 = excluded.sha1,
           size_bytes = excluded.size_bytes, manifest_digest = excluded.manifest_digest`,
        [sha256, state.status, state.status === 'verified' ? state.sha1 : null, state.sizeBytes, state.manifestDigest],
      );
    },
    async find(sha256) {
      const [row] = await queryRows<BlobRow>(pool, `${select} WHERE sha256 = $1 AND status = 'verified'`, [sha256]);
      return row === undefined ? undefined : heldOf(row);
    },
    async hold(sha256s) {
      return (await queryRows<BlobRow>(pool, `${select} WHERE sha256 = ANY ($1) AND status = 'verified'`, [sha256s])).map(heldOf);
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
