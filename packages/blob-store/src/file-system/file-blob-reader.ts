import { open } from 'node:fs/promises';
import { OdstError } from '@odst/kernel';
import type { BlobReader } from '../blob-store.ts';
import { readBlocksOf, ringBytes } from './file-blocks.ts';
import { unlessMissing } from './file-errors.ts';
import { readFully } from './file-staging.ts';

/** Memory that no reader uses; making some for each short range would cost more than reading it. */
const spareRings: Uint8Array[] = [];
const mostSpareRings = 16;

/**
 * Opens the file at `path` for reading.
 * @throws OdstError STORAGE_BLOB_UNKNOWN
 */
export async function openBlobReader(path: string, sha256: string): Promise<BlobReader> {
  const handle = await unlessMissing(() => open(path, 'r'));
  if (handle === undefined) throw new OdstError('STORAGE_BLOB_UNKNOWN', `there is no blob ${sha256}`);
  const { size: sizeBytes } = await handle.stat();
  const rings: Uint8Array[] = [];
  let closing: Promise<void> | undefined;
  const close = () => {
    if (closing === undefined) spareRings.push(...rings.splice(0, mostSpareRings - spareRings.length));
    closing ??= handle.close();
    return closing;
  };
  return {
    sizeBytes,
    read: (into, position) => readFully(handle, into, position),
    blocks(range) {
      const ring = spareRings.pop() ?? new Uint8Array(ringBytes);
      rings.push(ring);
      return readBlocksOf(handle, ring, range);
    },
    [Symbol.asyncDispose]: close,
  };
}
