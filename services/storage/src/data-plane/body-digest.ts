import { createHash } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import type { Readable } from 'node:stream';
import { OdstError } from '@odst/kernel';
import { sha256Of } from './digest-headers.ts';

/** Of a form both are digests of the form itself (RFC 9530 §2, §3.1): the file's has a field. */
const headers = ['Content-Digest', 'Repr-Digest'] as const;

/**
 * Hashes the body of a request that says what its SHA-256 is; before the body is read. One that says nothing costs nothing.
 * @returns to be called when the body was read to its end. @throws OdstError STORAGE_UPLOAD_DIGEST_MISMATCH
 * @throws OdstError COMMON_REQUEST_MALFORMED
 */
export function followBody({
  headers: given,
  raw,
}: {
  readonly headers: IncomingHttpHeaders;
  readonly raw: Readable;
}): () => void {
  const wanted = headers.flatMap((name) => {
    const sha256 = sha256Of(name, given[name.toLowerCase()]);
    return sha256 === undefined ? [] : [{ name, sha256 }];
  });
  if (wanted.length === 0) return () => undefined;
  const hash = createHash('sha256');
  // Who reads the body has it flow.
  raw.pause().on('data', (bytes: Buffer) => hash.update(bytes));
  return () => {
    const found = hash.digest('hex');
    const other = wanted.find(({ sha256 }) => sha256 !== found);
    if (other === undefined) return;
    const words = `the body of this request has the SHA-256 ${found}, not ${other.sha256} as ${other.name} says`;
    throw new OdstError('STORAGE_UPLOAD_DIGEST_MISMATCH', words);
  };
}
