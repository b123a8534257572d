import { createUpload } from '@odst/api';
import { toProblem } from '@odst/http';
import { refusalOf } from '../app/finish-upload.ts';
import type { ResumableUploadState, UploadCursor } from '../app/ports.ts';
import { uploadsPath } from './tus-exchange.ts';

/** A resumable upload as pages see it. */
export function viewOfUpload(upload: ResumableUploadState, now: Date) {
  const {
    uploadId: id,
    owner,
    filename,
    stage,
    replace,
    replaces,
    sizeBytes,
    status,
    sha256 = null,
    sha1 = null,
    createdAt,
    expiresAt,
  } = upload;
  const { metadata, lastByteAt } = upload;
  const isExpired = status === 'started' && expiresAt <= now;
  const end = isExpired ? { code: 'STORAGE_UPLOAD_EXPIRED', reason: 'nothing more came for too long' } : upload.end;
  const isAll = upload.durableBytes === sizeBytes;
  const published = end !== undefined && 'outcome' in end ? end : undefined;
  const refusal = end !== undefined && 'code' in end ? problemOf(id, end) : null;
  return {
    ...{ id, owner, filename, stage, replace, sizeBytes },
    replaces: replaces === '' ? null : replaces,
    offsetBytes: published === undefined ? upload.durableBytes : sizeBytes,
    state: stateOf(published !== undefined, refusal !== null, isAll),
    outcome: published?.outcome ?? null,
    packageId: published?.packageId ?? null,
    // What was refused is not told of as if it were here.
    ...(refusal === null ? { sha256, sha1 } : { sha256: null, sha1: null }),
    metadata,
    createdAt: createdAt.toISOString(),
    lastByteAt: lastByteAt.toISOString(),
    expiresAt: end === undefined && !isAll ? expiresAt.toISOString() : null,
    refusal,
  };
}

/** What the request was answered with that was refused. */
function problemOf(uploadId: string, end: { readonly code: string; readonly reason: string }) {
  const { errors: _, ...problem } = toProblem(refusalOf(end), `${uploadsPath}/${uploadId}`, '', createUpload);
  return problem;
}

function stateOf(isPublished: boolean, isRefused: boolean, isAll: boolean): 'receiving' | 'verifying' | 'published' | 'refused' {
  if (isPublished) return 'published';
  if (isRefused) return 'refused';
  return isAll ? 'verifying' : 'receiving';
}

/** Where a list goes on, as text. */
export function cursorOf({ createdAt, uploadId }: UploadCursor): string {
  return `${createdAt.getTime()}.${uploadId}`;
}

/** The place that a cursor names; its form is checked by the schema. */
export function parseCursor(text: string): UploadCursor {
  const [at = '', uploadId = ''] = text.split('.');
  return { createdAt: new Date(Number(at)), uploadId };
}
