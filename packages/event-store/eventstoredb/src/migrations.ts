import { fileURLToPath } from 'node:url';

/** The store's part of a service's schema, for `migrate` of `@odst/postgres`: places of appends, and those on their way. */
export const eventStoreDbMigrations: { readonly name: string; readonly directory: string } = {
  name: 'event-store-eventstoredb',
  directory: fileURLToPath(new URL('../migrations', import.meta.url)),
};
