import type { PackageRecord, VersionEntry } from '@odst/contracts/catalog';
import { checkFilename, isOdstError, OdstError, stages } from '@odst/kernel';
import { maxStamp } from './hybrid-clock.ts';
import { packageUuid } from './package-identity.ts';
import { writerOf } from './version-vector.ts';

/** Most writers that a version vector names: the starts of all servers in which this package was changed. */
const maxEntries = 500;

/** Most changes that a record holds beside the one that stands: a server has one at most. */
const maxConcurrent = 256;

const writerPattern = /^[0-9a-f]{32}\.[0-9a-f]{16}$/;
const hex40 = /^[0-9a-f]{40}$/;
const hex64 = /^[0-9a-f]{64}$/;

/**
 * Checks the form of a record that came from outside; signatures are checked elsewhere. Any file extension passes: which
 * ones may be uploaded is each server's own rule.
 * @throws OdstError CATALOG_RECORD_INVALID
 */
export function checkRecord(record: PackageRecord): void {
  if (record.concurrent.length > maxConcurrent) {
    throw invalid(record, `it has more than ${maxConcurrent} concurrent changes`);
  }
  checkChange(record);
  for (const change of record.concurrent) {
    if (change.uuid !== record.uuid) throw invalid(record, 'a concurrent change is of another package');
    if (change.concurrent.length > 0) throw invalid(record, 'concurrent changes are nested');
    checkChange(change);
  }
}

function checkChange(change: PackageRecord): void {
  const reason = fault(change);
  if (reason !== undefined) throw invalid(change, reason);
}

function invalid(record: PackageRecord, reason: string): OdstError {
  return new OdstError('CATALOG_RECORD_INVALID', `the record of ${JSON.stringify(record.filename)} is refused: ${reason}`, {
    uuid: record.uuid,
    signedBy: record.signedBy,
  });
}

function fault(change: PackageRecord): string | undefined {
  return (
    nameFault(change) ??
    (hex64.test(change.sha256) ? undefined : 'sha256 is not 64 hex digits') ??
    (hex40.test(change.sha1) ? undefined : 'sha1 is not 40 hex digits') ??
    (hex64.test(change.manifestDigest) ? undefined : 'the manifest digest is not 64 hex digits') ??
    (isSize(change.sizeBytes) ? undefined : 'the size is not between 1 byte and 2^53 - 1') ??
    (stages.some((stage) => stage === change.stage) ? undefined : `the stage ${JSON.stringify(change.stage)} is unknown`) ??
    (change.createdAt !== undefined && Number.isFinite(change.createdAt.getTime()) ? undefined : 'createdAt is no time') ??
    vectorFault(change.versionVector) ??
    signerFault(change)
  );
}

function nameFault({ filename, uuid }: PackageRecord): string | undefined {
  try {
    if (checkFilename(filename, ['*']) !== filename) return 'the file name is not in NFC';
  } catch (error) {
    if (isOdstError(error, 'CATALOG_FILENAME_INVALID')) return error.message;
    throw error;
  }
  return packageUuid(filename) === uuid ? undefined : 'the uuid is not that of the file name';
}

function isSize(sizeBytes: bigint): boolean {
  return sizeBytes > 0n && sizeBytes <= BigInt(Number.MAX_SAFE_INTEGER);
}

function vectorFault(vector: readonly VersionEntry[]): string | undefined {
  if (vector.length === 0 || vector.length > maxEntries) return `the version vector does not have 1 to ${maxEntries} entries`;
  if (!vector.every(({ writer }) => writerPattern.test(writer))) return 'the version vector names something else than a writer';
  if (!vector.every(({ stamp }) => stamp > 0n && stamp <= maxStamp)) return 'a stamp is out of range';
  const ascending = vector.every(({ writer }, index) => index === 0 || (vector[index - 1]?.writer ?? '') < writer);
  return ascending ? undefined : 'the version vector is not ascending by writer';
}

function signerFault({ versionVector, changedBy, epoch, changedStamp, signedBy, signature }: PackageRecord): string | undefined {
  if (signedBy !== changedBy) return 'it is not signed by the server that made the change';
  const own = writerOf({ iss: changedBy, epoch });
  if (!versionVector.some(({ writer, stamp }) => writer === own && stamp === changedStamp))
    return 'the version vector lacks the change itself';
  return signature.length === 64 ? undefined : 'the signature does not have 64 bytes';
}
