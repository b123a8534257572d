import type { StorageDeps } from './deps.ts';

/**
 * Files among the blobs that the database does not know, as after a restore to a moment before they came. They may be the only copy of a
 * package that peers tell of later, so they are named and never removed.
 */
export interface UnknownFiles {
  /** Looks for them; logs where there are others than the last time. */
  look(): Promise<void>;
  /** Bytes of those that were found last. */
  readonly sizeBytes: number;
}

/** Most files that one line of the log names. */
const mostNamed = 10;

/** Builds the search. @param olderThanMs younger files may belong to what is under way */
export function createUnknownFiles<Transaction>(
  { blobStore, blobIndex, clock, logger }: Pick<StorageDeps<Transaction>, 'blobStore' | 'blobIndex' | 'clock' | 'logger'>,
  olderThanMs: number,
): UnknownFiles {
  let sizeBytes = 0;
  return {
    get sizeBytes() {
      return sizeBytes;
    },
    async look() {
      const youngest = new Date(clock.now().getTime() - olderThanMs);
      const blobs: string[] = [];
      let foundBytes = 0;
      for await (const entries of blobStore.list()) {
        const known = await blobIndex.listKnown(entries.map(({ sha256 }) => sha256));
        for (const { sha256, sizeBytes: bytes, modifiedAt } of entries) {
          if (known.has(sha256) || modifiedAt > youngest) continue;
          blobs.push(sha256);
          foundBytes += bytes;
        }
      }
      if (foundBytes !== sizeBytes && blobs.length > 0) {
        logger.warn(
          { files: blobs.length, sizeBytes: foundBytes, blobs: blobs.slice(0, mostNamed) },
          'files among the packages are of no content that the database knows; they are left alone',
        );
      }
      sizeBytes = foundBytes;
    },
  };
}
