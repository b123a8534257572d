import type { Caller } from '@odst/kernel';
import { blobStream } from '../domain/blob.ts';
import type { StorageDeps } from './deps.ts';

/**
 * Removes a blob that no package, conflict or unfinished upload names. The file goes after the event, so a crash in
 * between leaves a file that nobody serves. The caller holds the content's lock.
 */
export async function dropUnused<Transaction>(deps: StorageDeps<Transaction>, sha256: string, caller: Caller): Promise<void> {
  const { streams, blobIndex, uploadIndex, blobStore, catalog } = deps;
  const unfinished = await uploadIndex.listUnfinished();
  if (unfinished.some((upload) => upload.sha256 === sha256)) return;
  if (await catalog.namesContent(sha256)) return;
  await streams.blobs.run({
    stream: blobStream(sha256),
    command: () => ({ type: 'RemoveBlob', blob: sha256, reason: 'nothing names the content' }),
    metadata: { ...caller, commandId: deps.newId() },
    alongside: (transaction, state) => blobIndex.save(transaction, sha256, state),
  });
  await blobStore.remove(sha256);
}
