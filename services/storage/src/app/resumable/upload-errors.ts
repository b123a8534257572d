import { OdstError } from '@odst/kernel';
import { refusalOf } from '../finish-upload.ts';
import type { ResumableUploadState } from '../ports.ts';

/** More came than the upload is to have. */
export function bodyTooLong(sizeBytes: number): OdstError {
  return new OdstError('STORAGE_UPLOAD_BODY_TOO_LONG', `more bytes came than are left of the ${sizeBytes} of Upload-Length`);
}

/** There is none, as far as the caller is concerned. */
export function unknownUpload(uploadId: string): OdstError {
  return new OdstError('STORAGE_UPLOAD_UNKNOWN', `there is no upload ${uploadId}`);
}

/** The bytes are to go on where the upload stands. */
export function offsetWrong(offset: number, stands: number): OdstError {
  return new OdstError('STORAGE_UPLOAD_OFFSET_WRONG', `the upload stands at ${stands}, not at ${offset}; nothing was kept`, {
    offset: stands,
  });
}

/**
 * Lets an upload pass with which its client can go on, or that is published.
 * @throws OdstError STORAGE_UPLOAD_EXPIRED, STORAGE_UPLOAD_TERMINATED, or what it was refused with: whoever asks again is told again
 */
export function assertStanding({ uploadId, status, end, expiresAt }: ResumableUploadState, now: Date): void {
  if (end !== undefined && 'code' in end) throw refusalOf(end);
  if (status !== 'started' || expiresAt > now) return;
  throw new OdstError('STORAGE_UPLOAD_EXPIRED', `nothing more came of the upload ${uploadId} for too long; it was ended`);
}

/**
 * Where an upload stands, as its client is told: the whole length only once it is a package. With all bytes here and that open, the
 * last one is asked for once more, and the request that brings it has the end tried again.
 */
export function offsetOf({ status, durableBytes, sizeBytes }: ResumableUploadState): number {
  return status === 'accepted' ? sizeBytes : Math.min(durableBytes, sizeBytes - 1);
}
