import { type StorageEvent, storageEventCodec } from '@odst/contracts/storage';
import { createCommandHandler, type DomainEvent, type EventCodec, type EventStore } from '@odst/event-store';
import type { Streams } from '../app/ports.ts';
import { blobDecider } from '../domain/blob.ts';
import { uploadDecider } from '../domain/upload.ts';

/** The streams of storage over its event store. */
export function createStreams<Transaction>(store: EventStore<Transaction>): Streams<Transaction> {
  return {
    uploads: createCommandHandler(store, uploadDecider, narrowed(storageEventCodec)),
    blobs: createCommandHandler(store, blobDecider, narrowed(storageEventCodec)),
  };
}

/** The codec as that of one kind of stream: which events a stream holds is known by its name. */
function narrowed<Event extends StorageEvent & DomainEvent>(codec: EventCodec<StorageEvent>): EventCodec<Event> {
  return {
    encode: (event) => codec.encode(event),
    decode: (recorded) => codec.decode(recorded) as Event,
    knows: (type) => codec.knows(type),
    reads: (recorded) => codec.reads(recorded),
  };
}
