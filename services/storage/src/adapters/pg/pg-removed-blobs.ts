import { execute, type PostgresTransaction, queryRows } from '@odst/postgres';
import type { RemovedBlobs } from '../../app/ports.ts';

type RemovedRow = {
  readonly sha256: string;
  readonly size_bytes: string;
  readonly unreferenced_since: Date | null;
  readonly removed_at: Date;
};

/** Removed blobs in the table `removed_blobs`; `pool` finds it by its search path. */
export function createPgRemovedBlobs(pool: PostgresTransaction): RemovedBlobs<PostgresTransaction> {
  return {
    async add(transaction, { sha256, sizeBytes, unreferencedSince, removedAt }) {
      await execute(
        transaction,
        `INSERT INTO removed_blobs (sha256, size_bytes, unreferenced_since, removed_at) VALUES ($1, $2, $3, $4)
         ON CONFLICT (sha256) DO UPDATE SET size_bytes = excluded.size_bytes,
           unreferenced_since = excluded.unreferenced_since, removed_at = excluded.removed_at`,
        [sha256, sizeBytes, unreferencedSince ?? null, removedAt],
      );
    },
    async list() {
      const rows = await queryRows<{ sha256: string }>(pool, `SELECT sha256 FROM removed_blobs ORDER BY removed_at, sha256`);
      return rows.map(({ sha256 }) => sha256);
    },
    async find(sha256) {
      const [row] = await queryRows<RemovedRow>(pool, `SELECT * FROM removed_blobs WHERE sha256 = $1`, [sha256]);
      if (row === undefined) return undefined;
      const { size_bytes, unreferenced_since, removed_at } = row;
      const unreferencedSince = unreferenced_since ?? undefined;
      return { sha256, sizeBytes: Number(size_bytes), unreferencedSince, removedAt: removed_at };
    },
    async done(sha256) {
      await execute(pool, `DELETE FROM removed_blobs WHERE sha256 = $1`, [sha256]);
    },
  };
}
