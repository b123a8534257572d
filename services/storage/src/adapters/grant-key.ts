import { randomBytes } from 'node:crypto';
import { createSecretBox, openSecretStore } from '@odst/secrets';
import type { Pool } from 'pg';

const secretId = 'grant-key';

/**
 * The key of this server's grants: made once, kept encrypted in the table of secrets, the same in all replicas.
 * @throws OdstError COMMON_SECRET_UNREADABLE with another DATABASE_KEY than before
 */
export async function loadGrantKey(pool: Pool, schema: string, databaseKeys: readonly Uint8Array[]): Promise<Uint8Array> {
  const secrets = await openSecretStore({ pool, schema, box: createSecretBox(databaseKeys) });
  const client = await pool.connect();
  try {
    await client.query('BEGIN');
    await client.query('SELECT pg_advisory_xact_lock(hashtextextended($1, 0))', [`odst.${schema}.${secretId}`]);
    const { rowCount } = await client.query('SELECT FROM secrets WHERE id = $1', [secretId]);
    if (rowCount === 0) await secrets.put(client, secretId, randomBytes(32));
    await client.query('COMMIT');
  } catch (error) {
    await client.query('ROLLBACK');
    throw error;
  } finally {
    client.release();
  }
  return secrets.get(secretId);
}
