import { translateDatabaseError } from '@odst/postgres';
import type { Queryable, SecretStore } from '@odst/secrets';
import type { Secrets } from '../app/ports.ts';

/** The table `secrets`, encrypted with DATABASE_KEY. */
export function createSecrets(store: SecretStore): Secrets {
  return {
    write: (transaction: Queryable, id, plaintext) => store.put(transaction, id, plaintext),
    remove: (transaction: Queryable, id) => store.remove(transaction, id),
    async read(id) {
      try {
        return new Uint8Array(await store.get(id));
      } catch (error) {
        throw translateDatabaseError(error);
      }
    },
  };
}
