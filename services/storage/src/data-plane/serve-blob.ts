import type { BlobReader, ByteRange } from '@odst/blob-store';
import { OdstError } from '@odst/kernel';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { contentRange, parseRange } from './byte-range.ts';
import { evaluatePreconditions, rangeApplies } from './preconditions.ts';
import { sendBlob } from './send-blob.ts';

/** What is served, and when it came to be. */
export type ServedBlob = { readonly sha256: string; readonly sizeBytes: number; readonly lastModified: Date };

/** Strong entity tag of a content. */
function etagOf(sha256: string): string {
  return `"sha256-${sha256}"`;
}

/**
 * Answers a GET or HEAD with a blob or a single range of it: preconditions before ranges, as RFC 9110 §13.2.2 asks.
 * @param open opens the bytes, called only when some are sent
 * @param digestOf digest for Content-Digest of the range, where it is known. Default none
 * @throws OdstError STORAGE_RANGE_UNSATISFIABLE, STORAGE_PRECONDITION_FAILED, STORAGE_BLOB_UNKNOWN, STORAGE_BLOB_CORRUPT
 */
export async function serveBlob(
  request: FastifyRequest,
  reply: FastifyReply,
  blob: ServedBlob,
  open: () => Promise<BlobReader>,
  digestOf?: (range: ByteRange) => Uint8Array | undefined,
): Promise<FastifyReply> {
  const validators = { etag: etagOf(blob.sha256), lastModified: blob.lastModified };
  reply.header('etag', validators.etag).header('last-modified', blob.lastModified.toUTCString()).header('accept-ranges', 'bytes');
  const outcome = evaluatePreconditions(request.headers, validators);
  if (outcome === 'not-modified') return reply.code(304).send();
  if (outcome === 'failed')
    throw new OdstError('STORAGE_PRECONDITION_FAILED', 'the content is another one than the request expects');

  // A Range counts with GET only (RFC 9110 §14.2).
  const asked =
    request.method === 'GET' && rangeApplies(request.headers['if-range'], validators) ? request.headers.range : undefined;
  const range = parseRange(asked, blob.sizeBytes);
  if (range === 'unsatisfiable') {
    reply.header('content-range', `bytes */${blob.sizeBytes}`);
    throw new OdstError('STORAGE_RANGE_UNSATISFIABLE', `the file has ${blob.sizeBytes} bytes`);
  }
  const { start, end } = range === 'whole' ? { start: 0, end: blob.sizeBytes } : range;
  const reader = await openWhole(open, blob);
  reply.header('repr-digest', sha256Digest(blob.sha256)).header('content-length', String(end - start));
  if (range !== 'whole') reply.code(206).header('content-range', contentRange(range, blob.sizeBytes));
  if (request.method === 'HEAD') {
    await reader[Symbol.asyncDispose]();
    return reply.send();
  }
  const digest = digestOf?.({ start, end });
  if (digest !== undefined) reply.header('content-digest', sha256Digest(digest));
  return sendBlob(reply, reader, { start, end });
}

/** Opens a blob whose file is as long as it was when it was verified. @throws OdstError STORAGE_BLOB_CORRUPT */
async function openWhole(open: () => Promise<BlobReader>, { sha256, sizeBytes }: ServedBlob): Promise<BlobReader> {
  const reader = await open();
  if (reader.sizeBytes === sizeBytes) return reader;
  await reader[Symbol.asyncDispose]();
  throw new OdstError('STORAGE_BLOB_CORRUPT', `the file of ${sha256} has ${reader.sizeBytes} bytes instead of ${sizeBytes}`);
}

/** A digest as RFC 9530 writes it, for Repr-Digest and Content-Digest. */
function sha256Digest(sha256: Uint8Array | string): string {
  const bytes = typeof sha256 === 'string' ? Buffer.from(sha256, 'hex') : Buffer.from(sha256);
  return `sha-256=:${bytes.toString('base64')}:`;
}
