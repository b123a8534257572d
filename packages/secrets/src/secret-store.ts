import { isOdstError, OdstError } from '@odst/kernel';
import { escapeIdentifier, execute, type Queryable, queryRows } from '@odst/postgres';
import { keyIdOf, type SecretBox } from './secret-box.ts';

/** Secrets of one service: rows of the table `secrets` in its schema. */
export interface SecretStore {
  /** Decrypts a secret. @throws OdstError COMMON_SECRET_UNREADABLE also for an unknown id */
  get(id: string): Promise<Buffer>;
  /**
   * Decrypts a secret that no event names, or makes it when there is none. Of several processes that make it at once all get
   * the same one.
   */
  ensure(id: string, make: () => Promise<Uint8Array>): Promise<Buffer>;
  /** Encrypts and writes a secret in the transaction of the event that names it; replaces one of the same id. */
  put(transaction: Queryable, id: string, plaintext: Uint8Array): Promise<void>;
  /** Removes a secret that no event needs any more; harmless when it is not there. */
  remove(transaction: Queryable, id: string): Promise<void>;
}

/** Row by which a start finds out that it was given another key. */
const keyCheckId = 'odst:key-check';

/**
 * Opens a service's secrets. The first time it writes a row that every later start decrypts, so that a wrong
 * DATABASE_KEY is refused at once. What is encrypted with an older key of the box is encrypted anew with the newest:
 * then the older one may be taken out of the setting.
 * @param options.pool connections of the service; {@link secretsMigrations} ran in `schema`
 * @throws OdstError COMMON_SECRET_UNREADABLE when any of them cannot be decrypted
 */
export async function openSecretStore(options: {
  readonly pool: Queryable;
  readonly schema: string;
  readonly box: SecretBox;
}): Promise<SecretStore> {
  const { pool, box } = options;
  const table = `${escapeIdentifier(options.schema)}.secrets`;
  await checkKey(pool, table, box);
  await sealAnew(pool, table, box);
  const find = async (id: string): Promise<Buffer | undefined> => {
    const [row] = await queryRows<{ sealed: Buffer }>(pool, `select sealed from ${table} where id = $1`, [id]);
    return row === undefined ? undefined : box.open(id, row.sealed);
  };
  const get = async (id: string): Promise<Buffer> => {
    const secret = await find(id);
    if (secret === undefined) throw new OdstError('COMMON_SECRET_UNREADABLE', `there is no secret ${id}`);
    return secret;
  };
  return {
    get,
    async ensure(id, make) {
      const present = await find(id);
      if (present !== undefined) return present;
      const text = `insert into ${table} (id, sealed) values ($1, $2) on conflict (id) do nothing`;
      await execute(pool, text, [id, box.seal(id, await make())]);
      return get(id);
    },
    async put(transaction, id, plaintext) {
      await execute(
        transaction,
        `insert into ${table} (id, sealed) values ($1, $2) on conflict (id) do update set sealed = excluded.sealed, updated_at = now()`,
        [id, box.seal(id, plaintext)],
      );
    },
    async remove(transaction, id) {
      await execute(transaction, `delete from ${table} where id = $1`, [id]);
    },
  };
}

async function checkKey(pool: Queryable, table: string, box: SecretBox): Promise<void> {
  const proof = box.seal(keyCheckId, Buffer.from('right key'));
  await execute(pool, `insert into ${table} (id, sealed) values ($1, $2) on conflict (id) do nothing`, [keyCheckId, proof]);
  const rows = await queryRows<{ sealed: Buffer }>(pool, `select sealed from ${table} where id = $1`, [keyCheckId]);
  try {
    for (const { sealed } of rows) box.open(keyCheckId, sealed);
  } catch (cause) {
    if (!isOdstError(cause)) throw cause;
    const message = `DATABASE_KEY is not the key that the secrets in ${table} were encrypted with: ${cause.message}`;
    throw new OdstError('COMMON_SECRET_UNREADABLE', message, {}, { cause });
  }
}

/** A row that changed meanwhile was written by this version, and is left as it is. */
async function sealAnew(pool: Queryable, table: string, box: SecretBox): Promise<void> {
  const rows = await queryRows<{ id: string; sealed: Buffer }>(pool, `select id, sealed from ${table} order by id`);
  for (const { id, sealed } of rows) {
    const plaintext = box.open(id, sealed);
    if (keyIdOf(sealed) === box.keyId) continue;
    await execute(pool, `update ${table} set sealed = $3 where id = $1 and sealed = $2`, [id, sealed, box.seal(id, plaintext)]);
  }
}
