import { execute, type PostgresTransaction, queryRows } from '@odst/postgres';
import type { UnfinishedUpload, UploadIndex } from '../../app/ports.ts';

type UploadRow = {
  readonly upload_id: string;
  readonly status: 'started' | 'completed';
  readonly sha256: string | null;
  readonly expires_at: Date | null;
};

/** The upload index in the table `uploads`; `pool` finds it by its search path. */
export function createPgUploadIndex(pool: PostgresTransaction): UploadIndex<PostgresTransaction> {
  return {
    async save(transaction, uploadId, state, end) {
      if (state.status === 'none') return;
      const { sha256, sha1 } = 'received' in state ? state.received : { sha256: null, sha1: null };
      const ended = { outcome: null, packageId: null, code: null, reason: null, ...end };
      await execute(
        transaction,
        `INSERT INTO uploads (upload_id, status, sha256, sha1, outcome, package_id, code, reason, ended_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, CASE WHEN $2 IN ('started', 'completed') THEN NULL ELSE now() END)
         ON CONFLICT (upload_id) DO UPDATE SET status = excluded.status, sha256 = coalesce(excluded.sha256, uploads.sha256),
           sha1 = coalesce(excluded.sha1, uploads.sha1), outcome = excluded.outcome, package_id = excluded.package_id,
           code = excluded.code, reason = excluded.reason, ended_at = excluded.ended_at`,
        [uploadId, state.status, sha256, sha1, ended.outcome, ended.packageId, ended.code, ended.reason],
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
      const text = `SELECT u.upload_id, u.status, u.sha256, r.expires_at FROM uploads u LEFT JOIN resumable_uploads r USING (upload_id)
        WHERE u.status IN ('started', 'completed') ORDER BY u.started_at, u.upload_id`;
      return (await queryRows<UploadRow>(pool, text)).map(
        ({ upload_id: uploadId, status, sha256, expires_at }): UnfinishedUpload => ({
          uploadId,
          status,
          resumableUntil: expires_at ?? undefined,
          sha256: sha256 ?? undefined,
        }),
      );
    },
  };
}
