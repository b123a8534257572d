export type {
  BlobFetchStarted,
  BlobRemoved,
  BlobSealed,
  BlobVerified,
  ChunkVerified,
  UploadAborted,
  UploadAccepted,
  UploadCompleted,
  UploadDiscarded,
  UploadStarted,
} from './gen/odst/storage/v1/events.ts';
export * from './gen/odst/storage/v1/service.ts';
export { type StorageEvent, storageEventCodec, storageEvents } from './storage-events.ts';
