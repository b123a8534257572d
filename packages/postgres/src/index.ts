export {
  type LockedConnection,
  lockIsHeld,
  lockUntilEnd,
  tryLock,
  tryLockedConnection,
  unlock,
} from './advisory-lock.ts';
export { isConnectionLoss, sqlStateOf, translateDatabaseError } from './errors.ts';
export { type HeldConnection, holdConnection } from './held-connection.ts';
export { checkedSchema, escapeIdentifier } from './identifiers.ts';
export { connectionOf, type KeptConnectionOptions, keepConnection, type WarningLogger } from './kept-connection.ts';
export { createListener, type Listener, type ListenerOptions, type OnNotification } from './listener.ts';
export { type MigrateOptions, type MigrationComponent, migrate } from './migrate.ts';
export { createNotifier, type Notifier, type NotifierOptions } from './notifier.ts';
export { createPool, type PoolOptions } from './pool.ts';
export { databasePasswordOf, type ProvisionOptions, provisionServiceDatabase, type ServiceDatabase } from './provision.ts';
export { execute, oneAtATime, type Queryable, queryRows, type Statement } from './query.ts';
export { inTransaction, inTransactionOn, type PostgresTransaction } from './transaction.ts';
