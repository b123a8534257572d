import { type Caller, isErrorCode, isOdstError, OdstError } from '@odst/kernel';
import { uploadStream } from '../../domain/upload.ts';
import { abandonUpload, uploadStaging } from '../abandon-upload.ts';
import { assertWanted, type CommittedUpload, commitUpload, finishNow, type UploadDeps } from '../commit-upload.ts';
import { refusalOf } from '../finish-upload.ts';
import type { ResumableUploadState } from '../ports.ts';
import { readDigests } from '../read-chunk-digests.ts';
import type { ReceivedFile } from '../receive-file.ts';
import type { OpenUpload, OpenUploads } from './open-uploads.ts';
import { offsetOf, offsetWrong } from './upload-errors.ts';

/** What deciding takes. */
export type DecideDeps<Transaction> = UploadDeps<Transaction> & {
  readonly open: OpenUploads;
  /** Aborted when the server stops. */
  readonly stopping: AbortSignal;
};

/**
 * Brings an upload of which all bytes are here to its end; again, where an attempt failed or the server died. The caller has its turn.
 * @param completedAt of an upload whose client waits no more: it is refused where the name was changed since
 * @throws OdstError what it is refused with: nothing is kept then; COMMON_SERVICE_UNAVAILABLE when that is not decided yet
 */
export async function decideUpload<Transaction>(
  deps: DecideDeps<Transaction>,
  upload: ResumableUploadState,
  caller: Caller,
  completedAt?: Date,
): Promise<CommittedUpload> {
  const { uploadId } = upload;
  const known = await deps.streams.uploads.load(uploadStream(uploadId));
  if (known.state.status === 'started') return commit(deps, upload, caller, completedAt);
  await deps.open.close(uploadId);
  if (known.state.status === 'completed') {
    const finished = await finishLeft(deps, upload, known.state.received.sha256, caller);
    if (finished !== undefined) return finished;
  }
  // The sweep was faster.
  const { end = { code: 'COMMON_INTERNAL', reason: 'an upload ended without a reason' } } =
    (await deps.resumableIndex.find(uploadId)) ?? {};
  if ('code' in end) throw refusalOf(end);
  return end;
}

/** @returns undefined where the sweep finished it while its content was waited for: the blob may be gone again by now */
async function finishLeft<Transaction>(
  deps: DecideDeps<Transaction>,
  { uploadId, replace, replaces }: ResumableUploadState,
  sha256: string,
  caller: Caller,
): Promise<CommittedUpload | undefined> {
  return deps.contentLock.run(sha256, async () => {
    const { state } = await deps.streams.uploads.load(uploadStream(uploadId));
    if (state.status !== 'completed') return undefined;
    // What it is to replace somebody may have decided anew since all of it was here.
    return finishNow(deps, uploadId, { ...state.received, replace, replaces }, caller);
  });
}

async function commit<Transaction>(
  deps: DecideDeps<Transaction>,
  upload: ResumableUploadState,
  caller: Caller,
  completedAt: Date | undefined,
): Promise<CommittedUpload> {
  const { uploadId, filename, stage, replace, replaces, wantedSha256 } = upload;
  const placed = await findPlaced(deps, upload);
  const open = placed === undefined ? await deps.open.open(upload) : undefined;
  if (open !== undefined) {
    const { lastByteAt, expiresAt } = upload;
    await assertThere(open, upload, (bytes) => deps.resumableIndex.advance(uploadId, bytes, lastByteAt, expiresAt));
    await refuseSideFile(deps, open, upload, caller);
  }
  const received = placed ?? (await receivedOf(deps, upload, open as OpenUpload));
  let completed = false;
  const onCompleted = (): void => {
    completed = true;
  };
  try {
    assertWanted(received.sha256, wantedSha256);
    return await commitUpload(deps, { uploadId, filename, stage, replace, replaces }, received, {
      staging: open?.staging,
      caller,
      completedAt,
      onCompleted,
    });
  } catch (error) {
    if (!completed && isOdstError(error, 'STORAGE_UPLOAD_DIGEST_MISMATCH')) await refuse(deps, uploadId, error, caller);
    throw error;
  } finally {
    // Publishing closes the file, also where it fails; another attempt opens it anew.
    await deps.open.close(uploadId);
  }
}

/**
 * Has an upload begin anew whose file somebody removed, or a backup did not have.
 * @throws OdstError STORAGE_UPLOAD_OFFSET_WRONG then
 */
export async function assertThere(
  open: OpenUpload,
  upload: ResumableUploadState,
  advance: (durableBytes: number) => Promise<void>,
): Promise<void> {
  if (!open.isShort) return;
  await advance(0);
  open.isShort = false;
  throw offsetWrong(offsetOf(upload), 0);
}

/** Of AppleDouble (RFC 1740 §5). */
const appleDouble = Buffer.from([0x00, 0x05, 0x16, 0x07]);

/** By so many bytes a file is known that is no package. */
export const openingBytes = appleDouble.length;

/** @throws OdstError STORAGE_UPLOAD_SIDE_FILE: nothing is kept then */
export async function refuseSideFile<Transaction>(
  deps: DecideDeps<Transaction>,
  { staging }: OpenUpload,
  { uploadId, filename }: ResumableUploadState,
  caller: Caller,
): Promise<void> {
  const first = Buffer.alloc(openingBytes);
  await staging.read(first, 0);
  if (!first.equals(appleDouble)) return;
  const words = `${JSON.stringify(filename)} is a Mac's side file (AppleDouble): it holds attributes of another file and no package`;
  const refusal = new OdstError('STORAGE_UPLOAD_SIDE_FILE', words);
  await refuse(deps, uploadId, refusal, caller);
  throw refusal;
}

/** Ends an upload for good, and leaves nothing of it. */
export async function refuse<Transaction>(
  deps: DecideDeps<Transaction>,
  uploadId: string,
  error: unknown,
  caller: Caller,
): Promise<void> {
  const code = isOdstError(error) && isErrorCode(error.code) ? error.code : 'COMMON_INTERNAL';
  await deps.open.close(uploadId);
  await abandonUpload(deps, uploadId, { code, reason: isOdstError(error) ? error.message : 'the server made an error' }, caller);
}

/** The blob that the upload became where the server died, or the database failed, between the rename of its file and the event. */
async function findPlaced<Transaction>(
  deps: DecideDeps<Transaction>,
  { uploadId, sizeBytes }: ResumableUploadState,
): Promise<ReceivedFile | undefined> {
  const sha256 = await deps.uploadIndex.contentOf(uploadId);
  if (sha256 === undefined) return undefined;
  if ((await deps.blobStore.listStaging()).some(({ id }) => id === uploadStaging(uploadId))) return undefined;
  if ((await deps.blobStore.find(sha256))?.sizeBytes !== sizeBytes) return undefined;
  await deps.open.close(uploadId);
  await using reader = await deps.blobStore.open(sha256);
  const read = await readDigests(deps.hashPool, reader, deps.stopping);
  return read.sha256 === sha256 ? read : undefined;
}

/** The digests of what came: made as it came, or, where that was not to be, of what is on disk. */
async function receivedOf<Transaction>(
  deps: DecideDeps<Transaction>,
  { sizeBytes }: ResumableUploadState,
  open: OpenUpload,
): Promise<ReceivedFile> {
  const { receiver, staging } = open;
  let received: ReceivedFile | undefined;
  if (receiver?.isHashed === true && receiver.receivedBytes === sizeBytes) {
    received = await receiver.finish().catch((error: unknown) => {
      deps.logger.warn({ err: error }, 'the digests of an upload were lost; its bytes are read once more');
      return undefined;
    });
  }
  return received ?? readDigests(deps.hashPool, { sizeBytes, read: (into, at) => staging.read(into, at) }, deps.stopping);
}
