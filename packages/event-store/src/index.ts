export { type AppendListeners, createAppendListeners } from './append-listeners.ts';
export {
  type CommandHandler,
  type CommandHandlerOptions,
  type CommandOutcome,
  type CommandRun,
  createCommandHandler,
  type StreamState,
} from './command-handler.ts';
export {
  type EventMetadata,
  type EventToAppend,
  type Json,
  type JsonObject,
  type RecordedEvent,
  serviceMetadata,
} from './event.ts';
export type { DomainEvent, EventCodec } from './event-codec.ts';
export { eventIdOf } from './event-id.ts';
export type { Append, AppendResult, EventSource, EventStore, ExpectedVersion } from './event-store.ts';
export { createMemoryEventStore, type MemoryEventStoreOptions } from './memory/memory-event-store.ts';
export type { MemoryTransaction } from './memory/memory-transaction.ts';
export { versionConflict } from './version-conflict.ts';
