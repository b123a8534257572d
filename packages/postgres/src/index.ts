export { isConnectionLoss, translateDatabaseError } from './errors.ts';
export { type HeldConnection, holdConnection } from './held-connection.ts';
export { checkedSchema } from './identifiers.ts';
export { type MigrateOptions, type MigrationComponent, migrate } from './migrate.ts';
export { createNotifier, type Notifier } from './notifier.ts';
export { createPool, type PoolOptions } from './pool.ts';
export { databasePasswordOf, type ProvisionOptions, provisionServiceDatabase, type ServiceDatabase } from './provision.ts';
export { inTransaction, type PostgresTransaction } from './transaction.ts';
export type { WarningLogger } from './warning-logger.ts';
