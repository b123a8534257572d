import type { RegisterUploadRequest } from '@odst/contracts/catalog';
import { OdstError } from '@odst/kernel';

const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** @throws OdstError COMMON_REQUEST_INVALID naming the field */
export function checkUpload(request: RegisterUploadRequest): void {
  if (!uuid.test(request.uploadId)) throw invalid('uploadId', 'a UUID in lower case');
  if (!/^[0-9a-f]{40}$/.test(request.sha1)) throw invalid('sha1', '40 hex digits');
  checkSha256('sha256', request.sha256);
  // Uploads are answered before the chunk lists are made: the digest follows then, and the record is sealed with it.
  if (request.manifestDigest !== '') checkSha256('manifestDigest', request.manifestDigest);
  checkReplaces(request.replaces);
  if (request.sizeBytes <= 0n || request.sizeBytes > BigInt(Number.MAX_SAFE_INTEGER)) {
    throw invalid('sizeBytes', 'between 1 and 2^53 - 1');
  }
}

/** @throws OdstError COMMON_REQUEST_INVALID naming the field */
export function checkSha256(field: string, value: string): void {
  if (!/^[0-9a-f]{64}$/.test(value)) throw invalid(field, '64 hex digits in lower case');
}

/** What an upload is to replace. @throws OdstError COMMON_REQUEST_INVALID */
export function checkReplaces(value: string): void {
  if (value !== '' && value !== 'nothing') checkSha256('replaces', value);
}

/** @throws OdstError COMMON_REQUEST_INVALID naming the field */
export function checkIss(field: string, value: string): void {
  if (!/^[0-9a-f]{32}$/.test(value)) throw invalid(field, '32 hex digits in lower case');
}

function invalid(field: string, expected: string): OdstError {
  return new OdstError('COMMON_REQUEST_INVALID', `${field} is not ${expected}`, { pointer: `/${field}` });
}
