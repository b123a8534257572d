import { createReadStream } from 'node:fs';
import { open } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { OdstError } from '@odst/kernel';
import type { BlobReader } from '../blob-store.ts';
import { unlessMissing } from './file-errors.ts';
import { readFully } from './file-staging.ts';

/** Three times as fast as the default of 64 KiB. */
const blockBytes = 1_048_576;

/**
 * Opens the file at `path` for reading.
 * @throws OdstError STORAGE_BLOB_UNKNOWN
 */
export async function openBlobReader(path: string, sha256: string): Promise<BlobReader> {
  const handle = await unlessMissing(() => open(path, 'r'));
  if (handle === undefined) throw new OdstError('STORAGE_BLOB_UNKNOWN', `there is no blob ${sha256}`);
  const { size: sizeBytes } = await handle.stat();
  let closing: Promise<void> | undefined;
  const close = () => {
    closing ??= handle.close();
    return closing;
  };
  return {
    sizeBytes,
    read: (into, position) => readFully(handle, into, position),
    stream({ start, end }) {
      if (start >= end) {
        const empty = Readable.from([]);
        empty.once('close', () => void close());
        return empty;
      }
      return createReadStream('', { fd: handle, start, end: end - 1, highWaterMark: blockBytes });
    },
    [Symbol.asyncDispose]: close,
  };
}
