import { fileURLToPath } from 'node:url';

/** Sync's part of its schema; those of event store, inbox and dead letters come from their packages. */
export const syncMigrations: { readonly name: string; readonly directory: string } = {
  name: 'sync',
  directory: fileURLToPath(new URL('../migrations', import.meta.url)),
};
