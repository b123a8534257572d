import { execute, type PostgresTransaction, queryRows } from '@odst/postgres';
import type { ManifestStore } from '../../app/ports.ts';

/** Manifests in the table `manifests`; `pool` finds it by its search path. */
export function createPgManifestStore(pool: PostgresTransaction): ManifestStore<PostgresTransaction> {
  return {
    async save(transaction, { digest, sha256, bytes }) {
      const text = `INSERT INTO manifests (digest, sha256, bytes) VALUES ($1, $2, $3) ON CONFLICT (digest) DO NOTHING`;
      await execute(transaction, text, [digest, sha256, bytes]);
    },
    async load(digest) {
      const [row] = await queryRows<{ bytes: Buffer }>(pool, `SELECT bytes FROM manifests WHERE digest = $1`, [digest]);
      return row?.bytes;
    },
    async forget(transaction, sha256) {
      await execute(transaction, `DELETE FROM manifests WHERE sha256 = $1`, [sha256]);
    },
  };
}
