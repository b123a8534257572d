import { fileURLToPath } from 'node:url';
import type { MigrationComponent } from '@odst/postgres';

/** Sync's part of its schema; those of event store, inbox and dead letters come from their packages. */
export const syncMigrations: MigrationComponent = {
  name: 'sync',
  directory: fileURLToPath(new URL('../migrations', import.meta.url)),
};
