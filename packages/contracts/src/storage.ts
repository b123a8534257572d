export * from './gen/odst/storage/v1/service.ts';
export type {
  UploadStarted,
  UploadCompleted,
  UploadAborted,
  UploadAccepted,
  UploadDiscarded,
  BlobFetchStarted,
  ChunkVerified,
  BlobVerified,
  BlobRemoved,
} from './gen/odst/storage/v1/events.ts';
export { storageEventCodec, storageEvents, type StorageEvent } from './storage-events.ts';
