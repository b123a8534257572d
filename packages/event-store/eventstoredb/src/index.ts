export { translateEventStoreDbError } from './eventstoredb-error.ts';
export { type EventStoreDbStore, type EventStoreDbStoreOptions, startEventStoreDbStore } from './eventstoredb-store.ts';
