import type { KeyedLock } from '@odst/async';
import type { BlobStore } from '@odst/blob-store';
import type { EventMetadata } from '@odst/event-store';
import { type Caller, type Clock, type FaultPoint, uuidV5 } from '@odst/kernel';
import type { Logger, Metrics } from '@odst/telemetry';
import type { FastPlaces } from './fast-places.ts';
import type { HashPool } from './hashing.ts';
import type { BlobIndex, CatalogPort, ManifestStore, RemovedBlobs, ResumableIndex, UploadIndex } from './ports.ts';
import type { Streams } from './streams.ts';

/** What the use cases of storage share. */
export type StorageDeps<Transaction> = {
  readonly blobStore: BlobStore;
  readonly hashPool: HashPool;
  /** Memory for whole chunks of senders that prove fast. */
  readonly fastPlaces: FastPlaces;
  readonly streams: Streams<Transaction>;
  readonly blobIndex: BlobIndex<Transaction>;
  readonly removedBlobs: RemovedBlobs<Transaction>;
  readonly uploadIndex: UploadIndex<Transaction>;
  readonly resumableIndex: ResumableIndex<Transaction>;
  readonly manifests: ManifestStore<Transaction>;
  readonly catalog: CatalogPort;
  /** One task at a time for each content: what makes, names or removes a blob holds the lock of its SHA-256. */
  readonly contentLock: KeyedLock;
  readonly clock: Clock;
  /** Milliseconds of a clock that only goes forward. */
  readonly elapsedMs: () => number;
  /** Milliseconds in which this process's event loop had nothing to do, since some moment: only goes forward. */
  readonly idleMs: () => number;
  /** A new UUID. */
  readonly newId: () => string;
  readonly faultPoint: FaultPoint;
  readonly logger: Logger;
  readonly metrics: Pick<Metrics, 'add'>;
};

/**
 * Metadata of one of the commands that an upload or a transfer consists of: the same step of the same thing has the
 * same command id, so that whoever goes on after a crash repeats nothing.
 * @param id UUID of the upload or transfer
 * @param step name of the command in it
 */
export function stepOf(caller: Caller, id: string, step: string): EventMetadata {
  return { ...caller, commandId: uuidV5(id, step) };
}
