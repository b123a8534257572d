import { execute, type PostgresTransaction, queryRows } from '@odst/postgres';
import type { UnfinishedUpload, UploadIndex } from '../../app/ports.ts';

type UploadRow = { readonly upload_id: string; readonly status: 'started' | 'completed'; readonly sha256: string | null };

/** The upload index in the table `uploads`; `pool` finds it by its search path. */
export function createPgUploadIndex(pool: PostgresTransaction): UploadIndex<PostgresTransaction> {
  return {
    async save(transaction, uploadId, state) {
      if (state.status === 'none') return;
      const sha256 = 'received' in state ? state.received.sha256 : null;
      await execute(
        transaction,
        `INSERT INTO uploads (upload_id, status, sha256) VALUES ($1, $2, $3)
         ON CONFLICT (upload_id) DO UPDATE SET status = excluded.status, sha256 = coalesce(excluded.sha256, uploads.sha256)`,
        [uploadId, state.status, sha256],
      );
    },
    async announceContent(uploadId, sha256) {
      await execute(pool, `UPDATE uploads SET sha256 = $2 WHERE upload_id = $1`, [uploadId, sha256]);
    },
    async contentOf(uploadId) {
      const text = `SELECT sha256 FROM uploads WHERE upload_id = $1`;
      const [row] = await queryRows<{ sha256: string | null }>(pool, text, [uploadId]);
      return row?.sha256 ?? undefined;
    },
    async listUnfinished() {
      const text = `SELECT upload_id, status, sha256 FROM uploads WHERE status IN ('started', 'completed') ORDER BY started_at, upload_id`;
      return (await queryRows<UploadRow>(pool, text)).map(
        (row): UnfinishedUpload => ({ uploadId: row.upload_id, status: row.status, sha256: row.sha256 ?? undefined }),
      );
    },
  };
}
