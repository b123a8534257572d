import { fileURLToPath } from 'node:url';

/** The store's part of a service's schema, for `migrate` of `@odst/postgres`: its tables and `append_batch`. */
export const eventStoreMigrations: { readonly name: string; readonly directory: string } = {
  name: 'event-store',
  directory: fileURLToPath(new URL('../migrations', import.meta.url)),
};
