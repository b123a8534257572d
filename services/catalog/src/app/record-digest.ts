import { createHash } from 'node:crypto';
import type { PackageChange } from '@odst/contracts/catalog';
import { canonicalBytes } from '../domain/change.ts';
import { isUnsealed } from '../domain/sealing.ts';

/**
 * The digest by which servers see whether they have the same record of a package: SHA-256 over the SHA-256 of the canonical text of each
 * change that may leave this server, these ascending. So it depends neither on the order of changes nor on what one signer made of one
 * text in several signatures.
 * @returns hex; undefined where no change may leave
 */
export function recordDigest(changes: readonly PackageChange[]): string | undefined {
  const texts = changes.filter((change) => !isUnsealed(change)).map((change) => sha256Of(canonicalBytes(change)));
  return texts.length === 0 ? undefined : sha256Of(Buffer.concat(texts.toSorted(Buffer.compare))).toString('hex');
}

function sha256Of(bytes: Uint8Array): Buffer {
  return createHash('sha256').update(bytes).digest();
}
