import { type Caller, serviceCaller } from '@odst/kernel';
import { type BlobCommand, type BlobState, blobStream, bytesHere } from '../domain/blob.ts';
import type { StorageDeps } from './deps.ts';
import { blobStaging } from './fetch/fetch-blob.ts';
import type { RemovedBlob, StoredBlob } from './ports.ts';

/**
 * Gives up the bytes of a refused upload that nothing else names: at once where nobody but the upload used them, else as those of
 * any content that nothing names. The caller holds the content's lock.
 * @throws when catalog cannot say whether it names the content: nothing is removed then
 */
export async function dropRefused<Transaction>(deps: StorageDeps<Transaction>, sha256: string, caller: Caller): Promise<void> {
  await giveUp(deps, sha256, caller, async (blob) => {
    if (blob.status === 'absent' || (await isNamed(deps, sha256))) return undefined;
    return { type: 'DropRefused', blob: sha256, at: deps.clock.now() };
  });
}

/**
 * Looks whether anything names a blob: notes it where nothing does, and removes it where that is so since `until` or before. Each
 * claim in the meantime, also one between the question and the event, keeps it. Takes the content's lock where something is to be done.
 * @param isLive whether the content is being fetched right now
 * @throws when catalog cannot say whether it names the content: nothing is changed then
 */
export async function reviewBlob<Transaction>(
  deps: StorageDeps<Transaction>,
  { sha256, unreferencedSince }: StoredBlob,
  until: Date,
  isLive: () => boolean,
): Promise<void> {
  const isNoted = unreferencedSince !== undefined;
  const asNoted = isNoted !== (isLive() || (await deps.catalog.namesContent(sha256)));
  if (asNoted && !(isNoted && unreferencedSince <= until)) return;
  const caller = serviceCaller('storage', deps.newId());
  const judge = async (blob: BlobState): Promise<BlobCommand | undefined> => {
    if (blob.status === 'absent') return undefined;
    const { unreferencedSince: since } = blob;
    const isUsed = isLive() || (await isNamed(deps, sha256)) || (await isNewer(deps, sha256, since));
    if (since === undefined) return isUsed ? undefined : { type: 'NoteUnreferenced', blob: sha256, at: deps.clock.now() };
    if (isUsed) return { type: 'ClaimBlob', blob: sha256 };
    return since <= until ? { type: 'RemoveUnreferenced', blob: sha256, until } : undefined;
  };
  await deps.contentLock.run(sha256, () => giveUp(deps, sha256, caller, judge));
}

/** Removes the files of blobs that are removed and not back: what a crash behind the event left, or a disk that refused. */
export async function finishRemovals<Transaction>(deps: StorageDeps<Transaction>): Promise<void> {
  for (const sha256 of await deps.removedBlobs.list()) {
    await deps.contentLock.run(sha256, async () => {
      const removed = await deps.removedBlobs.find(sha256);
      if (removed === undefined || (await isBeingUploaded(deps, sha256))) return;
      if (await isNewer(deps, sha256, removed.removedAt)) {
        deps.logger.warn(
          { blob: sha256 },
          'a file that came after its blob was removed is left alone: was the database restored?',
        );
        await deps.removedBlobs.done(sha256);
        return;
      }
      await removeFiles(deps, removed);
    });
  }
}

async function giveUp<Transaction>(
  deps: StorageDeps<Transaction>,
  sha256: string,
  caller: Caller,
  command: (blob: BlobState) => Promise<BlobCommand | undefined>,
): Promise<void> {
  let before: BlobState = { status: 'absent' };
  let removed: RemovedBlob | undefined;
  const { events } = await deps.streams.blobs.run({
    stream: blobStream(sha256),
    command: (blob) => {
      before = blob;
      return command(blob);
    },
    metadata: { ...caller, commandId: deps.newId() },
    alongside: async (transaction, after) => {
      await deps.blobIndex.save(transaction, sha256, after);
      if (after.status !== 'absent' || before.status === 'absent') return;
      const { unreferencedSince } = before;
      removed = { sha256, sizeBytes: bytesHere(before), unreferencedSince, removedAt: deps.clock.now() };
      await deps.removedBlobs.add(transaction, removed);
      await deps.manifests.forget(transaction, sha256);
    },
  });
  // A try that lost to a claim wrote nothing, whatever it was about to remove.
  if (removed !== undefined && events.some(({ type }) => type === 'BlobRemoved')) await removeFiles(deps, removed);
}

/** The files go after the event. What the disk refuses is tried again by the next round. */
async function removeFiles<Transaction>(deps: StorageDeps<Transaction>, removed: RemovedBlob): Promise<void> {
  const { sha256: blob, sizeBytes, unreferencedSince } = removed;
  try {
    await deps.blobStore.remove(blob);
    await deps.blobStore.discardStaging(blobStaging(blob));
  } catch (error) {
    deps.logger.error({ err: error, blob, sizeBytes }, 'the file of a removed blob cannot be deleted; it is tried again');
    return;
  }
  await deps.faultPoint('storage.unlinked');
  await deps.removedBlobs.done(blob);
  deps.metrics.add('odst_blob_removed_bytes_total', {}, sizeBytes);
  const why = unreferencedSince === undefined ? 'removed the bytes of a refused upload' : 'removed a blob that nothing names';
  deps.logger.info({ blob, sizeBytes, unreferencedSince }, why);
}

/** Uploads first: one that ends meanwhile is a package, or gone, when catalog is asked. */
async function isNamed<Transaction>(deps: StorageDeps<Transaction>, sha256: string): Promise<boolean> {
  return (await isBeingUploaded(deps, sha256)) || (await deps.catalog.namesContent(sha256));
}

async function isBeingUploaded<Transaction>({ uploadIndex }: StorageDeps<Transaction>, sha256: string): Promise<boolean> {
  return (await uploadIndex.listUnfinished()).some((upload) => upload.sha256 === sha256);
}

/**
 * Whether the blob's file was written after `since`, which no event tells: the database was restored to a moment before, and does not
 * know whose the bytes are.
 */
async function isNewer<Transaction>(
  { blobStore }: StorageDeps<Transaction>,
  sha256: string,
  since: Date | undefined,
): Promise<boolean> {
  if (since === undefined) return false;
  const file = await blobStore.find(sha256);
  return file !== undefined && file.modifiedAt > since;
}
