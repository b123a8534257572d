import { randomBytes } from 'node:crypto';
import { createSecretBox, openSecretStore } from '@odst/secrets';
import type { Pool } from 'pg';

/**
 * The key of this server's grants: made once, kept encrypted in the table of secrets, the same in all replicas.
 * @throws OdstError COMMON_SECRET_UNREADABLE with another DATABASE_KEY than before
 */
export async function loadGrantKey(pool: Pool, schema: string, databaseKeys: readonly Uint8Array[]): Promise<Uint8Array> {
  const secrets = await openSecretStore({ pool, schema, box: createSecretBox(databaseKeys) });
  return secrets.ensure('grant-key', async () => randomBytes(32));
}
