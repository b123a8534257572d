export * from './gen/odst/sync/v1/service.ts';
export type {
  ReplicationStarted,
  ReplicationCompleted,
  ReplicationFailed,
  PeerWentOffline,
  PeerCameOnline,
} from './gen/odst/sync/v1/events.ts';
export { syncEventCodec, syncEvents, type SyncEvent } from './sync-events.ts';
