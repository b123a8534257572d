export { type AppendSignal, createAppendSignal } from './append-signal.ts';
export { checkedSchema } from './checked-schema.ts';
export { isConnectionLoss, translateDatabaseError } from './database-error.ts';
export { eventStoreMigrations } from './migrations.ts';
export { createNotifier, type Notifier } from './notifier.ts';
export { createPostgresEventStore, type PostgresEventStore, type PostgresEventStoreOptions } from './postgres-event-store.ts';
export { inTransaction, type PostgresTransaction } from './transaction.ts';
export type { WarningLogger } from './warning-logger.ts';
