export { storageMigrations } from './migrations.ts';
export { type RunningStorage, type StorageDeps, startStorage } from './service.ts';
