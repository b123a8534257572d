export { type AppendOutcome, appendColumns, eventIdsOf, outcomesOf, type PlainAppend } from './append-batch.ts';
export { type AppendSignal, createAppendSignal } from './append-signal.ts';
export { type Appender, type AppenderDeps, createAppender } from './appender.ts';
export { eventStoreMigrations } from './migrations.ts';
export { createPostgresEventStore, type PostgresEventStore, type PostgresEventStoreOptions } from './postgres-event-store.ts';
