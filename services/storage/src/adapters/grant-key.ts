import { randomBytes } from 'node:crypto';
import { execute, inTransaction, lockUntilEnd } from '@odst/postgres';
import { createSecretBox, openSecretStore } from '@odst/secrets';
import type { Pool } from 'pg';

const secretId = 'grant-key';

/**
 * The key of this server's grants: made once, kept encrypted in the table of secrets, the same in all replicas.
 * @throws OdstError COMMON_SECRET_UNREADABLE with another DATABASE_KEY than before
 */
export async function loadGrantKey(pool: Pool, schema: string, databaseKeys: readonly Uint8Array[]): Promise<Uint8Array> {
  const secrets = await openSecretStore({ pool, schema, box: createSecretBox(databaseKeys) });
  await inTransaction(pool, async (transaction) => {
    await lockUntilEnd(transaction, `odst.${schema}.${secretId}`);
    const known = await execute(transaction, 'SELECT FROM secrets WHERE id = $1', [secretId]);
    if (known === 0) await secrets.put(transaction, secretId, randomBytes(32));
  });
  return secrets.get(secretId);
}
