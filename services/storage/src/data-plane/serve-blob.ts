import type { BlobReader, ByteRange } from '@odst/blob-store';
import { OdstError } from '@odst/kernel';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { contentRange, parseRange } from './byte-range.ts';
import { type Digests, digestHeaders, sha256Digest } from './digest-headers.ts';
import { evaluatePreconditions, rangeApplies, type Validators } from './preconditions.ts';
import { sendBlob } from './send-blob.ts';

/** What is served. */
export type ServedBlob = Digests & {
  readonly sizeBytes: number;
  /** When it came to be; undefined where that is not told. */
  readonly date?: { readonly at: Date /** Whether it tells this content from others of its name. */; readonly isUnique: boolean };
  /** Further headers of answers with bytes. */
  readonly headers: Readonly<Record<string, string>>;
  /** Opens the bytes; called only when some are sent. */
  open(): Promise<BlobReader>;
  /** Is told the bytes that were sent. */
  onSent(bytes: number): void;
  /** Digest for Content-Digest of a range, where it is known. Default none */
  digestOf?(range: ByteRange): Uint8Array | undefined;
};

/** Seconds after which bytes that are damaged or lost may have been brought back. */
const repairSeconds = 300;

/**
 * Answers a GET or HEAD with a blob or a single range of it: preconditions before ranges, as RFC 9110 §13.2.2 asks.
 * @throws OdstError STORAGE_RANGE_UNSATISFIABLE, STORAGE_PRECONDITION_FAILED, STORAGE_BLOB_UNKNOWN, STORAGE_BLOB_CORRUPT
 */
export async function serveBlob(
  request: FastifyRequest,
  reply: FastifyReply,
  blob: ServedBlob,
  now: Date,
): Promise<FastifyReply> {
  const { sizeBytes } = blob;
  const validators = validatorsOf(blob, now);
  const { etag, modifiedAt, isDateGiven } = validators;
  // Of the same clock as what is compared with it: Node's own may be a second behind.
  reply.header('date', now.toUTCString()).header('etag', etag);
  if (isDateGiven && modifiedAt !== undefined) reply.header('last-modified', modifiedAt.toUTCString());
  const outcome = evaluatePreconditions(request.headers, validators, now);
  if (outcome === 'not-modified') return reply.code(304).send();
  if (outcome === 'failed')
    throw new OdstError('STORAGE_PRECONDITION_FAILED', 'the content is another one than the request expects');

  reply.header('accept-ranges', 'bytes');
  // A Range counts with GET only (RFC 9110 §14.2).
  const applies = request.method === 'GET' && rangeApplies(request.headers['if-range'], validators, now);
  const range = parseRange(applies ? request.headers.range : undefined, sizeBytes);
  if (range === 'unsatisfiable') {
    reply.header('content-range', `bytes */${sizeBytes}`);
    throw new OdstError('STORAGE_RANGE_UNSATISFIABLE', `the file has ${sizeBytes} bytes`);
  }
  const { start, end } = range === 'whole' ? { start: 0, end: sizeBytes } : range;
  const reader = await openWhole(blob);
  reply.headers({ ...blob.headers, ...digestsFor(request, blob), 'content-length': String(end - start) });
  if (range !== 'whole') reply.code(206).header('content-range', contentRange(range, sizeBytes));
  if (request.method === 'HEAD') {
    await reader[Symbol.asyncDispose]();
    return reply.send();
  }
  const digest = blob.digestOf?.({ start, end });
  if (digest !== undefined) reply.header('content-digest', sha256Digest(digest));
  return sendBlob(reply, reader, { start, end }, (bytes) => blob.onSent(bytes));
}

/** A date that lies ahead of the clock, as after an upload at a server whose clock is fast, is not given out (RFC 9110 §8.8.2.1). */
function validatorsOf({ sha256, date }: ServedBlob, now: Date): Validators {
  const modifiedAt = date && new Date(Math.floor(date.at.getTime() / 1_000) * 1_000);
  const isDateGiven = date?.isUnique === true && modifiedAt !== undefined && modifiedAt <= now;
  return { etag: `"sha256-${sha256}"`, modifiedAt, isDateGiven };
}

function digestsFor({ headers }: FastifyRequest, blob: ServedBlob): Readonly<Record<string, string>> {
  const read = (name: string) => [headers[name]].flat().join();
  return digestHeaders(blob, { reprDigest: read('want-repr-digest'), digest: read('want-digest') });
}

/** Opens a blob whose file is as long as it was when it was verified. @throws OdstError STORAGE_BLOB_CORRUPT */
async function openWhole({ sha256, sizeBytes, open }: ServedBlob): Promise<BlobReader> {
  const reader = await open();
  if (reader.sizeBytes === sizeBytes) return reader;
  await reader[Symbol.asyncDispose]();
  const detail = `the file of ${sha256} has ${reader.sizeBytes} bytes instead of ${sizeBytes}`;
  throw new OdstError('STORAGE_BLOB_CORRUPT', detail, { retryAfterSeconds: repairSeconds });
}
