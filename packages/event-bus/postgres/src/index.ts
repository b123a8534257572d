export { eventBusMigrations, eventBusServiceMigrations } from './migrations.ts';
export { createPostgresDeadLetters } from './postgres-dead-letters.ts';
export { createPostgresEventBus, type PostgresEventBus, type PostgresEventBusOptions } from './postgres-event-bus.ts';
export { createInbox } from './postgres-inbox.ts';
export { createPostgresLease, type PostgresLeaseOptions } from './postgres-lease.ts';
export { createPostgresProgressStore, type PostgresProgressStoreOptions } from './postgres-progress-store.ts';
