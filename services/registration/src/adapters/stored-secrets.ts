import type { Queryable } from '@odst/postgres';
import type { SecretStore } from '@odst/secrets';
import type { Secrets } from '../app/ports.ts';

/** The table `secrets`, encrypted with DATABASE_KEY. */
export function createSecrets(store: SecretStore): Secrets {
  return {
    write: (transaction: Queryable, id, plaintext) => store.put(transaction, id, plaintext),
    ensure: async (id, make) => new Uint8Array(await store.ensure(id, make)),
    remove: (transaction: Queryable, id) => store.remove(transaction, id),
    read: async (id) => new Uint8Array(await store.get(id)),
  };
}
