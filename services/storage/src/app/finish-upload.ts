import { type Caller, isErrorCode, isOdstError, OdstError } from '@odst/kernel';
import { blobStream } from '../domain/blob.ts';
import type { ReceivedUpload } from '../domain/upload.ts';
import { uploadStream } from '../domain/upload.ts';
import { type StorageDeps, stepOf } from './deps.ts';
import type { RegisteredUpload, UploadOutcome } from './ports.ts';
import { dropRefused } from './remove-blob.ts';

/** What an upload came to. */
export type FinishedUpload =
  | { readonly outcome: UploadOutcome; readonly packageId: number }
  | { readonly outcome: 'refused'; readonly refusal: OdstError };

/**
 * Brings a completed upload to its end: its bytes become a verified blob, catalog makes it a package or refuses it.
 * Every step may be repeated, so whoever finds the upload after a crash calls this again. The caller holds the content's
 * lock.
 * @param completedAt of an upload whose client waits no more: what the name became since is not replaced then
 * @returns what it became, or the refusal of the catalogue, which ends the upload too
 * @throws when the catalogue could not decide: the upload stays completed and is finished later
 */
export async function finishUpload<Transaction>(
  deps: StorageDeps<Transaction>,
  uploadId: string,
  received: ReceivedUpload,
  caller: Caller,
  completedAt?: Date,
): Promise<FinishedUpload> {
  const { streams, blobIndex, uploadIndex, catalog } = deps;
  const { sha256, sha1, sizeBytes, manifestDigest } = received;
  const { state } = await streams.blobs.run({
    stream: blobStream(sha256),
    command: () => ({ type: 'VerifyBlob', blob: sha256, sha1, sizeBytes, manifestDigest, source: 'upload' }),
    metadata: stepOf(caller, uploadId, 'verify-blob'),
    alongside: (transaction, state) => blobIndex.save(transaction, sha256, state),
  });

  // The blob may have its manifest from before: the same bytes came under another name.
  const known = state.status === 'verified' ? state.manifestDigest : manifestDigest;
  const registered = await catalog
    .registerUpload(uploadId, { ...received, manifestDigest: known }, caller, completedAt)
    .catch(refusedForGood);

  const refused = registered.outcome === 'refused' ? registered : undefined;
  await streams.uploads.run({
    stream: uploadStream(uploadId),
    command: () =>
      refused === undefined ? { type: 'AcceptUpload', uploadId } : { type: 'DiscardUpload', uploadId, code: refused.code },
    metadata: stepOf(caller, uploadId, 'end'),
    alongside: async (transaction, state) => {
      const end = registered.outcome === 'refused' ? { code: registered.code, reason: registered.reason } : registered;
      await uploadIndex.save(transaction, uploadId, state, end);
      if (state.status === 'accepted') await blobIndex.noteAccepted(transaction, sha256);
    },
  });
  if (registered.outcome !== 'refused') return registered;
  await dropRefused(deps, sha256, caller).catch((error: unknown) => {
    // The refusal stands, and nothing is lost: the rounds that look for what nothing names find the blob.
    deps.logger.warn(
      { err: error, uploadId, blob: sha256 },
      'the bytes of a refused upload are not removed yet; a later round does it',
    );
  });
  return { outcome: 'refused', refusal: refusalOf(registered) };
}

/** A refusal that was noted, as the error that it was. */
export function refusalOf({ code, reason }: { readonly code: string; readonly reason: string }): OdstError {
  return isErrorCode(code) ? new OdstError(code, reason) : new OdstError('COMMON_INTERNAL', `unknown refusal: ${code}`);
}

/** Errors that the same upload meets each time: it ends with them, or it would take effect whenever they are gone. */
function refusedForGood(error: unknown): RegisteredUpload {
  if (!isOdstError(error, 'COMMON_EVENT_TOO_LARGE') && !isOdstError(error, 'COMMON_REQUEST_INVALID')) throw error;
  return { outcome: 'refused', code: error.code, reason: error.message };
}
