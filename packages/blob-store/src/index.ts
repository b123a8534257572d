export {
  type BlobEntry,
  type BlobReader,
  type BlobStore,
  type ByteRange,
  heldBlocks,
  type StagingEntry,
  type StagingOptions,
} from './blob-store.ts';
export type { DiskSpace, DiskUsage } from './disk-space.ts';
export { type FileBlobStoreOptions, openFileBlobStore } from './file-system/file-blob-store.ts';
export { pageAlignedMemory } from './page-aligned-memory.ts';
export { createSpaceLedger, defaultReserveBytes, type Reservation, type SpaceLedger } from './space-ledger.ts';
export type { StagingFile } from './staging-file.ts';
