import { createEventCodec, type EventOf } from './event-codec.ts';
import {
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

/** Every event of storage, published on `odst.storage.v1`. */
export const storageEvents = {
  UploadStarted: { message: UploadStarted },
  UploadCompleted: { message: UploadCompleted },
  UploadAborted: { message: UploadAborted },
  UploadAccepted: { message: UploadAccepted },
  UploadDiscarded: { message: UploadDiscarded },
  BlobFetchStarted: { message: BlobFetchStarted },
  ChunkVerified: { message: ChunkVerified },
  BlobVerified: { message: BlobVerified },
  BlobSealed: { message: BlobSealed },
  BlobRemoved: { message: BlobRemoved },
} as const;

/** An event of storage as the domain sees it. */
export type StorageEvent = EventOf<typeof storageEvents>;

/** Between storage's domain events and their stored form. */
export const storageEventCodec = createEventCodec(storageEvents);
