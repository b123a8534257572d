import type { StagingFile } from '@odst/blob-store';
import { type Caller, chunkCount, isOdstError, OdstError } from '@odst/kernel';
import { type ReceivedUpload, uploadStream } from '../domain/upload.ts';
import { type StorageDeps, stepOf } from './deps.ts';
import { type FinishedUpload, finishUpload } from './finish-upload.ts';
import type { ReceivedFile } from './receive-file.ts';
import { sealedBytes } from './seal-blob.ts';
import type { Sealing } from './sealing.ts';

/** What uploads need: manifests that they did not wait for are made by the sealing. */
export type UploadDeps<Transaction> = StorageDeps<Transaction> & { readonly sealing: Pick<Sealing, 'seal' | 'resume'> };

/** What an upload is to become. */
export type UploadAim = Pick<ReceivedUpload, 'filename' | 'stage' | 'replace' | 'replaces'> & { readonly uploadId: string };

/** What it became. */
export type CommittedUpload = Exclude<FinishedUpload, { readonly outcome: 'refused' }>;

/** How it is committed. */
export type CommitOptions = {
  /** The bytes; undefined where they have become the blob already, and only the event is missing. */
  readonly staging: StagingFile | undefined;
  readonly caller: Caller;
  /** Of an upload whose client waits no more: it is refused where the name was changed since. */
  readonly completedAt?: Date | undefined;
  /** Called when the upload is noted as complete: from then on it comes to its end by itself. */
  readonly onCompleted: () => void;
};

/**
 * Makes what was received durable, and a package. When it resolves, file, folder and events survive any crash.
 * @throws OdstError what the catalogue refuses with: nothing is kept; COMMON_SERVICE_UNAVAILABLE when it has not decided:
 *   the upload may be finished later, unless the name is changed before
 */
export async function commitUpload<Transaction>(
  deps: UploadDeps<Transaction>,
  { uploadId, ...aim }: UploadAim,
  { chunkDigests, ...digests }: ReceivedFile,
  { staging, caller, completedAt, onCompleted }: CommitOptions,
): Promise<CommittedUpload> {
  const { sha256, sizeBytes } = digests;
  const isWhole = chunkDigests.size === chunkCount(sizeBytes);
  const manifest = isWhole ? sealedBytes(digests, chunkDigests) : { bytes: undefined, digest: '' };
  const upload = { ...aim, ...digests, manifestDigest: manifest.digest };
  const committed = await deps.contentLock.run(sha256, async () => {
    if (staging !== undefined) {
      await deps.uploadIndex.announceContent(uploadId, sha256);
      await deps.blobStore.publish(staging, sha256);
    }
    await deps.streams.uploads.run({
      stream: uploadStream(uploadId),
      command: () => ({ type: 'CompleteUpload', uploadId, ...upload }),
      metadata: stepOf(caller, uploadId, 'complete'),
      alongside: async (transaction, state) => {
        if (manifest.bytes !== undefined) await deps.manifests.save(transaction, { ...manifest, sha256, bytes: manifest.bytes });
        await deps.uploadIndex.save(transaction, uploadId, state);
      },
    });
    onCompleted();
    return finishNow(deps, uploadId, upload, caller, completedAt);
  });
  await deps.faultPoint('storage.before-201');
  deps.metrics.add('odst_upload_bytes_total', {}, sizeBytes);
  // The client does not wait for it; what fails is logged there and done by the sweep.
  deps.sealing.seal(sha256, chunkDigests).catch(() => undefined);
  return committed;
}

/**
 * Brings an upload to its end that is noted as complete. The caller holds the lock of its content.
 * @throws OdstError as {@link commitUpload}
 */
export async function finishNow<Transaction>(
  deps: UploadDeps<Transaction>,
  uploadId: string,
  upload: ReceivedUpload,
  caller: Caller,
  completedAt?: Date,
): Promise<CommittedUpload> {
  const finished = await finishUpload(deps, uploadId, upload, caller, completedAt).catch((error: unknown) => {
    // Whatever it is that went wrong, it is no refusal: the sweep goes on with the upload, and the answer says so.
    deps.logger.warn({ err: error, uploadId }, 'an upload was left completed; the sweep finishes it');
    const why = isOdstError(error) ? `: ${error.message}` : '';
    throw new OdstError(
      'COMMON_SERVICE_UNAVAILABLE',
      `all bytes came, but whether they become ${JSON.stringify(upload.filename)} is not decided yet${why}; it may still happen, unless the name is changed before; send the file again to be sure`,
      {},
      { cause: error },
    );
  });
  if (finished.outcome === 'refused') throw finished.refusal;
  return finished;
}

/** Holds a content to what its client said that it is. @throws OdstError STORAGE_UPLOAD_DIGEST_MISMATCH */
export function assertWanted(sha256: string, wanted: string | undefined): void {
  if (wanted === undefined || wanted === sha256) return;
  throw new OdstError(
    'STORAGE_UPLOAD_DIGEST_MISMATCH',
    `the bytes that came have the SHA-256 ${sha256}, not ${wanted} as the request says`,
    { sha256, pointer: '/sha256' },
  );
}
