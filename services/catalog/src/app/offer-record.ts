import type { OfferRecordRequest, OfferRecordResponse, PackageRecord } from '@odst/contracts/catalog';
import type { EventMetadata } from '@odst/event-store';
import { OdstError } from '@odst/kernel';
import { canonicalBytes } from '../domain/canonical-record.ts';
import { packageStream } from '../domain/package-identity.ts';
import { checkRecord } from '../domain/record-check.ts';
import { newChanges, offer } from '../domain/record-merge.ts';
import type { JudgePlacements } from './judge-placements.ts';
import type { PackageStreams } from './package-streams.ts';
import { viewOf } from './package-view.ts';
import type { Blobs, PackageEntry, PackageNumbers, Registration } from './ports.ts';
import { checkIss } from './request-checks.ts';
import { retryConflicts } from './retry.ts';
import { siteOf } from './site.ts';

/** What the use case works with. */
export type OfferRecordDeps = {
  readonly streams: PackageStreams;
  readonly registration: Registration;
  readonly blobs: Blobs;
  readonly numbers: PackageNumbers;
  readonly judge: JudgePlacements;
};

/** Merges a record that a peer told. */
export type OfferRecordUseCase = (request: OfferRecordRequest, metadata: EventMetadata) => Promise<OfferRecordResponse>;

/**
 * Builds the use case. Throws CATALOG_RECORD_INVALID for a record that is malformed or wrongly signed, and
 * CATALOG_RECORD_SIGNER_UNKNOWN while the key of a signer is not known here; nothing is applied then. Only signatures
 * of changes that would become part of the state are checked: the others are known, or of no consequence.
 */
export function createOfferRecord(deps: OfferRecordDeps): OfferRecordUseCase {
  const { streams, registration } = deps;

  const attempt = async (record: PackageRecord, fromIss: string, metadata: EventMetadata): Promise<OfferRecordResponse> => {
    const present = await streams.read(record.uuid);
    const merge = offer(present?.package.record, record);
    if (merge.outcome === 'ignored' && present !== undefined) return { outcome: 'ignored', package: viewOf(present) };
    await verify(registration, newChanges(present?.package.record, record));
    const site = await siteOf(deps, present?.package, merge.record);
    await streams.commands.run({
      stream: packageStream(record.uuid),
      command: {
        type: 'MergeRecord',
        newPackageId: present?.package.packageId ?? (await deps.numbers.next()),
        record,
        fromIss,
        site,
      },
      metadata,
      expectedVersion: present?.version ?? 0,
    });
    // Bytes that came after the question whether they are here would go unnoticed until the next sweep.
    let entry = await mustRead(streams, record.uuid);
    if (entry.package.status === 'Downloading') {
      await deps.judge([entry], { ...metadata, commandId: `${metadata.commandId}:again` });
      entry = await mustRead(streams, record.uuid);
    }
    return { outcome: merge.outcome, package: viewOf(entry) };
  };

  return async ({ record, fromIss }, metadata) => {
    checkIss('fromIss', fromIss);
    if (record === undefined) throw new OdstError('COMMON_REQUEST_INVALID', 'record is missing', { pointer: '/record' });
    checkRecord(record);
    return retryConflicts(() => attempt(record, fromIss, metadata));
  };
}

async function verify(registration: Registration, changes: readonly PackageRecord[]): Promise<void> {
  for (const change of changes) {
    const verdict = await registration.verifyRecord(change.signedBy, canonicalBytes(change), change.signature);
    if (verdict === 'valid') continue;
    const about = `the record of ${JSON.stringify(change.filename)} signed by ${change.signedBy}`;
    const details = { uuid: change.uuid, signedBy: change.signedBy };
    if (verdict === 'invalid') throw new OdstError('CATALOG_RECORD_INVALID', `the signature of ${about} does not hold`, details);
    throw new OdstError('CATALOG_RECORD_SIGNER_UNKNOWN', `no key is known for ${about}`, details);
  }
}

async function mustRead(streams: PackageStreams, uuid: string): Promise<PackageEntry> {
  const entry = await streams.read(uuid);
  if (entry === undefined) throw new OdstError('COMMON_INTERNAL', `the package ${uuid} has no events`);
  return entry;
}
