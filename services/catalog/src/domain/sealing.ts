import type { PackageRecord } from '@odst/contracts/catalog';
import { canonicalText } from './canonical-record.ts';

/**
 * Whether a change still lacks the digest of its manifest, since an upload is answered before its chunk lists are made.
 * An unsealed change is not signed: what is signed later is the sealed one, and only that may leave the server.
 */
export function isUnsealed(change: Pick<PackageRecord, 'manifestDigest'>): boolean {
  return change.manifestDigest === '';
}

/** Whether `sealed` is `change` itself, with the manifest that `change` lacks. */
export function isSealOf(sealed: PackageRecord, change: PackageRecord): boolean {
  return isUnsealed(change) && !isUnsealed(sealed) && canonicalText({ ...sealed, manifestDigest: '' }) === canonicalText(change);
}
