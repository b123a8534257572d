export { syncMigrations } from './migrations.ts';
export { type RunningSync, type SyncDeps, startSync } from './service.ts';
