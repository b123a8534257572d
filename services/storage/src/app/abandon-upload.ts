import type { Caller, ErrorCode } from '@odst/kernel';
import { uploadStream } from '../domain/upload.ts';
import { type StorageDeps, stepOf } from './deps.ts';

/** Name of an upload's staging file. */
export function uploadStaging(uploadId: string): string {
  return `upload-${uploadId}`;
}

/**
 * Ends an upload that was not completed and leaves nothing of it: no staging file, and no blob that it alone made.
 * @throws OdstError COMMON_COMMAND_CONFLICT when the upload is completed after all
 */
export async function abandonUpload<Transaction>(
  deps: StorageDeps<Transaction>,
  uploadId: string,
  why: { readonly code: ErrorCode; readonly reason: string },
  caller: Caller,
): Promise<void> {
  const { streams, uploadIndex, blobIndex, blobStore, contentLock } = deps;
  await blobStore.discardStaging(uploadStaging(uploadId));
  const sha256 = await uploadIndex.contentOf(uploadId);
  const end = () =>
    streams.uploads.run({
      stream: uploadStream(uploadId),
      command: () => ({ type: 'AbortUpload', uploadId, ...why }),
      metadata: stepOf(caller, uploadId, 'abort'),
      alongside: (transaction, state) => uploadIndex.save(transaction, uploadId, state, why),
    });
  if (sha256 === undefined) {
    await end();
    return;
  }
  // It died between the rename and the event. The file is of nobody, unless the same bytes came another way too.
  await contentLock.run(sha256, async () => {
    await end();
    if ((await blobIndex.find(sha256)) !== undefined) return;
    const unfinished = await uploadIndex.listUnfinished();
    if (unfinished.every((upload) => upload.sha256 !== sha256)) await blobStore.remove(sha256);
  });
}
