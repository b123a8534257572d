import { createEventCodec } from '@odst/contracts';
import { storageEvents } from '@odst/contracts/storage';
import { type CommandHandler, createCommandHandler, type EventStore } from '@odst/event-store';
import { type BlobCommand, type BlobState, blobDecider } from '../domain/blob.ts';
import { type UploadCommand, type UploadState, uploadDecider } from '../domain/upload.ts';

const { UploadStarted, UploadCompleted, UploadAborted, UploadAccepted, UploadDiscarded } = storageEvents;
const { BlobFetchStarted, ChunkVerified, BlobVerified, BlobSealed, BlobClaimed, BlobUnreferenced, BlobRemoved } = storageEvents;

/** The streams that storage's commands are run on. */
export type Streams<Transaction> = {
  /** Streams `upload-<upload id>`. */
  readonly uploads: CommandHandler<UploadState, UploadCommand, Transaction>;
  /** Streams `blob-<sha256>`. */
  readonly blobs: CommandHandler<BlobState, BlobCommand, Transaction>;
};

/** The streams of storage over its event store. */
export function createStreams<Transaction>(store: EventStore<Transaction>): Streams<Transaction> {
  const ofUploads = createEventCodec({ UploadStarted, UploadCompleted, UploadAborted, UploadAccepted, UploadDiscarded });
  const ofBlobs = createEventCodec({
    BlobFetchStarted,
    ChunkVerified,
    BlobVerified,
    BlobSealed,
    BlobClaimed,
    BlobUnreferenced,
    BlobRemoved,
  });
  return {
    uploads: createCommandHandler(store, uploadDecider, ofUploads),
    blobs: createCommandHandler(store, blobDecider, ofBlobs),
  };
}
