import type { ServiceProgram } from '@odst/backbone';
import { syncMigrations } from './migrations.ts';
import { startSync } from './service.ts';

/** Sync as a process of its own. */
export const syncProgram: ServiceProgram = { service: 'sync', migrations: [syncMigrations], start: startSync };
