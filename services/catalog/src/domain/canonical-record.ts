import type { PackageRecord } from '@odst/contracts/catalog';

/**
 * The one text of a change, over which it is signed and by which changes are told apart: a JSON array in the form of
 * RFC 8785, numbers of 64 bits as decimal strings, time as RFC 3339 in UTC with milliseconds. The signature itself and
 * concurrent changes are not part of it.
 */
export function canonicalText(change: PackageRecord): string {
  return JSON.stringify([
    'odst.record.v1',
    change.uuid,
    change.filename,
    change.sha256,
    change.sha1,
    change.sizeBytes.toString(),
    change.manifestDigest,
    change.stage,
    change.deleted,
    change.versionVector.map((entry) => [entry.writer, entry.stamp.toString()]),
    change.changedBy,
    change.epoch,
    change.changedStamp.toString(),
    change.createdAt?.toISOString() ?? '',
    change.signedBy,
  ]);
}

/** {@link canonicalText} in UTF-8: what is signed. */
export function canonicalBytes(change: PackageRecord): Uint8Array {
  return new TextEncoder().encode(canonicalText(change));
}
