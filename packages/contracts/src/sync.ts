export type {
  PeerCameOnline,
  PeerWentOffline,
  ReplicationCompleted,
  ReplicationFailed,
  ReplicationStarted,
} from './gen/odst/sync/v1/events.ts';
export * from './gen/odst/sync/v1/service.ts';
export { type SyncEvent, syncEventCodec, syncEvents } from './sync-events.ts';
