import { createEventCodec, type EventOf } from '../event-codec.ts';
import {
  BlobClaimed,
  BlobFetchStarted,
  BlobRemoved,
  BlobSealed,
  BlobUnreferenced,
  BlobVerified,
  ChunkVerified,
  UploadAborted,
  UploadAccepted,
  UploadCompleted,
  UploadDiscarded,
  UploadStarted,
} from '../gen/odst/storage/v1/events.ts';
import { BlobsServiceService } from '../gen/odst/storage/v1/service.ts';
import { allowCalls, type ServiceDeclaration } from '../service-declaration.ts';

export type {
  BlobClaimed,
  BlobFetchStarted,
  BlobRemoved,
  BlobSealed,
  BlobUnreferenced,
  BlobVerified,
  ChunkVerified,
  UploadAborted,
  UploadAccepted,
  UploadCompleted,
  UploadDiscarded,
  UploadStarted,
} from '../gen/odst/storage/v1/events.ts';
export * from '../gen/odst/storage/v1/service.ts';

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
  BlobClaimed: { message: BlobClaimed },
  BlobUnreferenced: { message: BlobUnreferenced },
  BlobRemoved: { message: BlobRemoved },
} as const;

/** An event of storage as the domain sees it. */
export type StorageEvent = EventOf<typeof storageEvents>;

/** Between storage's domain events and their stored form. */
export const storageEventCodec = createEventCodec(storageEvents);

/** Storage as others know it: the bytes. */
export const storageDeclaration = {
  name: 'storage',
  events: storageEvents,
  calls: [
    allowCalls(BlobsServiceService, ['gateway', 'catalog', 'sync'], {
      callers: { fetchBlob: ['sync'], listHeld: ['sync'] },
      // Who asked for it decides when, and from which peer, it goes on.
      calledOnce: ['fetchBlob'],
    }),
  ],
  settings: [
    'BLOB_STORE',
    'UPLOAD_STAGING_DIR',
    'ODST_MAX_UPLOAD_BYTES',
    'ODST_UPLOAD_EXPIRY_HOURS',
    'ODST_DISK_RESERVE_BYTES',
    'ODST_DATA_PLANE_PORT',
  ],
} as const satisfies ServiceDeclaration;
