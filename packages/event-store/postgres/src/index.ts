export { isConnectionLoss, translateDatabaseError } from './database-error.ts';
export { eventStoreMigrations } from './migrations.ts';
export { createPostgresEventStore, type PostgresEventStore, type PostgresEventStoreOptions } from './postgres-event-store.ts';
export type { PostgresTransaction } from './transaction.ts';
export type { WarningLogger } from './warning-logger.ts';
