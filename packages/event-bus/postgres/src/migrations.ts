import { fileURLToPath } from 'node:url';

/** What makes up the schema that all services share, for `migrate` of `@odst/postgres`. */
export const eventBusMigrations: { readonly name: string; readonly directory: string } = {
  name: 'event-bus',
  directory: fileURLToPath(new URL('../migrations', import.meta.url)),
};

/** The bus' part of each service's own schema: leases, inbox, dead letters. */
export const eventBusServiceMigrations: { readonly name: string; readonly directory: string } = {
  name: 'event-bus-service',
  directory: fileURLToPath(new URL('../service/migrations', import.meta.url)),
};
