import type { Stage } from '@odst/kernel';
import { execute, type PostgresTransaction, queryRows } from '@odst/postgres';
import type { ResumableIndex, ResumableUploadState, UploadEnd, UploadOutcome } from '../../app/ports.ts';

type Row = {
  readonly upload_id: string;
  readonly owner: string;
  readonly filename: string;
  readonly stage: Stage;
  readonly replace: boolean;
  readonly replaces: string;
  readonly size_bytes: string;
  readonly durable_bytes: string;
  readonly wanted_sha256: string | null;
  readonly metadata: string;
  readonly created_at: Date;
  readonly advanced_at: Date | null;
  readonly expires_at: Date;
  readonly status: ResumableUploadState['status'];
  readonly sha256: string | null;
  readonly sha1: string | null;
  readonly outcome: UploadOutcome | null;
  readonly package_id: number | null;
  readonly code: string | null;
  readonly reason: string | null;
};

const select = `SELECT r.*, u.status, u.sha256, u.sha1, u.outcome, u.package_id, u.code, u.reason
  FROM resumable_uploads r JOIN uploads u USING (upload_id)`;

/** The index in the table `resumable_uploads`, joined with what the events say of each; `pool` finds both by its search path. */
export function createPgResumableIndex(pool: PostgresTransaction): ResumableIndex<PostgresTransaction> {
  return {
    async add(
      transaction,
      { uploadId, owner, filename, stage, replace, replaces, sizeBytes, wantedSha256, metadata, createdAt },
      expiresAt,
    ) {
      await execute(
        transaction,
        `INSERT INTO resumable_uploads
           (upload_id, owner, filename, stage, replace, replaces, size_bytes, wanted_sha256, metadata, created_at, expires_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) ON CONFLICT DO NOTHING`,
        [uploadId, owner, filename, stage, replace, replaces, sizeBytes, wantedSha256 ?? null, metadata, createdAt, expiresAt],
      );
    },
    async advance(uploadId, durableBytes, lastByteAt, expiresAt) {
      const text = `UPDATE resumable_uploads SET durable_bytes = $2, advanced_at = $3, expires_at = $4 WHERE upload_id = $1`;
      await execute(pool, text, [uploadId, durableBytes, lastByteAt, expiresAt]);
    },
    async aim(uploadId, replaces) {
      await execute(pool, 'UPDATE resumable_uploads SET replace = true, replaces = $2 WHERE upload_id = $1', [
        uploadId,
        replaces,
      ]);
    },
    async find(uploadId) {
      const [row] = await queryRows<Row>(pool, `${select} WHERE r.upload_id = $1`, [uploadId]);
      return row === undefined ? undefined : stateOf(row);
    },
    async list({ owner, unfinishedAt, after, limit }) {
      const rows = await queryRows<Row>(
        pool,
        `${select} WHERE ($1::text IS NULL OR r.owner = $1)
           AND ($2::timestamptz IS NULL OR (r.created_at, r.upload_id) < ($2, $3::uuid))
           AND ($5::timestamptz IS NULL OR u.status = 'completed' OR (u.status = 'started' AND r.expires_at > $5))
         ORDER BY r.created_at DESC, r.upload_id DESC LIMIT $4`,
        [owner ?? null, after?.createdAt ?? null, after?.uploadId ?? null, limit, unfinishedAt ?? null],
      );
      return rows.map(stateOf);
    },
    async countUnfinished(owner) {
      const [row] = await queryRows<{ count: string }>(
        pool,
        `SELECT count(*) FROM resumable_uploads r JOIN uploads u USING (upload_id)
         WHERE r.owner = $1 AND u.status IN ('started', 'completed')`,
        [owner],
      );
      return Number(row?.count ?? 0);
    },
    async listWhole(now) {
      const text = `${select} WHERE u.status = 'started' AND r.durable_bytes = r.size_bytes AND r.expires_at > $1 ORDER BY r.created_at`;
      return (await queryRows<Row>(pool, text, [now])).map(({ upload_id }) => upload_id);
    },
    async forgetEnded(before) {
      await execute(pool, `DELETE FROM resumable_uploads r USING uploads u WHERE u.upload_id = r.upload_id AND u.ended_at < $1`, [
        before,
      ]);
    },
  };
}

function stateOf(row: Row): ResumableUploadState {
  const {
    upload_id: uploadId,
    owner,
    filename,
    stage,
    replace,
    replaces,
    metadata,
    created_at,
    expires_at,
    status,
    sha256,
    sha1,
  } = row;
  return {
    ...{ uploadId, owner, filename, stage, replace, replaces, metadata, status },
    sizeBytes: Number(row.size_bytes),
    durableBytes: Number(row.durable_bytes),
    wantedSha256: row.wanted_sha256 ?? undefined,
    createdAt: created_at,
    lastByteAt: row.advanced_at ?? created_at,
    expiresAt: expires_at,
    sha256: sha256 ?? undefined,
    sha1: sha1 ?? undefined,
    end: endOf(row),
  };
}

function endOf({ outcome, package_id, code, reason }: Row): UploadEnd | undefined {
  if (outcome !== null) return { outcome, packageId: package_id ?? 0 };
  return code === null ? undefined : { code, reason: reason ?? '' };
}
