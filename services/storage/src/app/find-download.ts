import type { BlobReader } from '@odst/blob-store';
import { OdstError } from '@odst/kernel';
import type { StorageDeps } from './deps.ts';
import type { DownloadContent } from './ports.ts';

/** A download whose bytes are here, verified. */
export type Download = DownloadContent & {
  /** Opens the bytes. @throws OdstError STORAGE_BLOB_UNKNOWN when they were removed meanwhile */
  open(): Promise<BlobReader>;
};

/**
 * Finds what is served under a name.
 * @throws OdstError CATALOG_PACKAGE_UNKNOWN when there is nothing, or not yet; STORAGE_BLOB_UNKNOWN when catalog and
 *   disk disagree
 */
export type FindDownload = (filename: string) => Promise<Download>;

/** Builds the lookup: catalog knows the name, storage the bytes. */
export function createFindDownload<Transaction>(
  deps: Pick<StorageDeps<Transaction>, 'catalog' | 'blobIndex' | 'blobStore'>,
): FindDownload {
  return async (filename) => {
    const content = await deps.catalog.findContent(filename);
    const held = await deps.blobIndex.find(content.sha256);
    if (held === undefined) {
      throw new OdstError('STORAGE_BLOB_UNKNOWN', `the bytes of ${content.filename} are not here`, { sha256: content.sha256 });
    }
    return { ...content, sizeBytes: held.sizeBytes, open: () => deps.blobStore.open(content.sha256) };
  };
}
