import type { DiskUsage } from './disk-space.ts';
import type { StagingFile } from './staging-file.ts';

/** A staging file that is there, open or left over. */
export type StagingEntry = {
  readonly id: string;
  /** Length of the file, holes included. */
  readonly sizeBytes: number;
  /** Last write. */
  readonly modifiedAt: Date;
};

/** A blob that is there. */
export type BlobEntry = {
  readonly sha256: string;
  readonly sizeBytes: number;
  /** Last write of its bytes, so a little before it was published. */
  readonly modifiedAt: Date;
};

/** How a staging file is written. */
export type StagingOptions = {
  /**
   * Bytes go to the disk without staying in the system's memory, where system, file system and the memory they come from
   * (`pageAlignedMemory`) allow it; else as usual. For bytes that nobody waits to read: they throw out nothing that is
   * read, and take no memory anew. Default false.
   */
  readonly bypassCache?: boolean;
};

/** How many blocks of {@link BlobReader.blocks} stay as they are: the one just given and those right before it. */
export const heldBlocks = 3;

/** Bytes of a blob, `end` exclusive. */
export type ByteRange = { readonly start: number; readonly end: number };

/** An open blob. Bytes stay readable until it is disposed, also when the blob is removed meanwhile. */
export interface BlobReader extends AsyncDisposable {
  readonly sizeBytes: number;
  /** Fills `into` from `position`; returns how many bytes there were, fewer only at the end. */
  read(into: Uint8Array, position: number): Promise<number>;
  /**
   * The bytes of a range, block by block, and fast: a block's memory is used again {@link heldBlocks} blocks later, and
   * by others once the reader is disposed. Whoever wants to keep one copies it.
   */
  blocks(range: ByteRange): AsyncIterable<Uint8Array>;
}

/**
 * Bytes named by their SHA-256, each content once, and the staging files in which they grow. It does not hash: who
 * publishes has verified. Safe for concurrent use; one staging file has one writer. Adapters run the suite of
 * `@odst/blob-store/contract`.
 */
export interface BlobStore {
  /**
   * Opens a staging file, new or with what is there already.
   * @param id `[a-z0-9-]{1,100}`, unique among staging files
   * @param sizeBytes all bytes that the file will have: room for those to come is reserved. Undefined where nobody
   *   knows: then room is reserved while it grows.
   * @throws OdstError STORAGE_DISK_FULL when the room above the reserve does not hold them; nothing is left
   */
  openStaging(id: string, sizeBytes: number | undefined, options?: StagingOptions): Promise<StagingFile>;
  /** All staging files, in no order. */
  listStaging(): Promise<readonly StagingEntry[]>;
  /** Removes a staging file that nobody has open; harmless when it is not there. */
  discardStaging(id: string): Promise<void>;
  /**
   * Makes a staging file the blob of that name: when it resolves the bytes survive a crash under their new name, the
   * staging file is gone and closed. A blob of the same name is replaced, which is harmless as the bytes are the same.
   * @param sha256 64 hex digits, lower case
   */
  publish(staging: StagingFile, sha256: string): Promise<void>;
  /**
   * Opens a blob.
   * @throws OdstError STORAGE_BLOB_UNKNOWN
   */
  open(sha256: string): Promise<BlobReader>;
  /** The blob; undefined when it is not there. */
  find(sha256: string): Promise<BlobEntry | undefined>;
  /** All blobs, some at a time, in no order. One that comes or goes meanwhile may be among them or not. */
  list(): AsyncIterable<readonly BlobEntry[]>;
  /** Removes a blob; false when it was not there. */
  remove(sha256: string): Promise<boolean>;
  /** Disk of the volume. */
  usage(): Promise<DiskUsage>;
}
