import type { OfferRecordRequest, OfferRecordResponse, PackageRecord } from '@odst/contracts/catalog';
import type { EventMetadata } from '@odst/event-store';
import { OdstError } from '@odst/kernel';
import { canonicalBytes } from '../domain/canonical-record.ts';
import { packageStream } from '../domain/package-identity.ts';
import { checkRecord } from '../domain/record-check.ts';
import { type Merge, newChanges, offer } from '../domain/record-merge.ts';
import { placementCommand } from './judge-placements.ts';
import { entryOf, viewOf } from './package-view.ts';
import type { Blobs, PackageNumbers, Registration } from './ports.ts';
import { checkIss } from './request-checks.ts';
import { siteOf } from './site.ts';
import type { Streams } from './streams.ts';

/** What the use case works with. */
export type OfferRecordDeps = {
  readonly streams: Streams;
  readonly registration: Registration;
  readonly blobs: Blobs;
  readonly numbers: PackageNumbers;
};

/** Merges a record that a peer told. */
export type OfferRecordUseCase = (request: OfferRecordRequest, metadata: EventMetadata) => Promise<OfferRecordResponse>;

/**
 * Builds the use case. Throws CATALOG_RECORD_INVALID for a record that is malformed or wrongly signed, and
 * CATALOG_RECORD_SIGNER_UNKNOWN while the key of a signer is not known here; nothing is applied then. Only signatures
 * of changes that would become part of the state are checked: the others are known, or of no consequence.
 */
export function createOfferRecord(deps: OfferRecordDeps): OfferRecordUseCase {
  const { streams, registration, numbers } = deps;
  return async ({ record, fromIss }, metadata) => {
    checkIss('fromIss', fromIss);
    if (record === undefined) throw new OdstError('COMMON_REQUEST_INVALID', 'record is missing', { pointer: '/record' });
    checkRecord(record);
    let outcome: Merge['outcome'] = 'ignored';
    const offered = await streams.packages.run({
      stream: packageStream(record.uuid),
      command: async (present) => {
        const merge = offer(present?.record, record);
        outcome = merge.outcome;
        if (merge.outcome === 'ignored') return undefined;
        await verify(registration, newChanges(present?.record, record));
        const site = await siteOf(deps, present, merge.record);
        return { type: 'MergeRecord', newPackageId: present?.packageId ?? (await numbers.next()), record, fromIss, site };
      },
      metadata,
      result: () => outcome,
    });
    const entry = entryOf(offered);
    const result = (offered.result ?? 'ignored') as Merge['outcome'];
    if (result === 'ignored' || entry.package.status !== 'Downloading') return { outcome: result, package: viewOf(entry) };
    // Bytes that came after the question whether they are here would go unnoticed until the next sweep.
    const judged = await streams.packages.run({
      stream: packageStream(record.uuid),
      command: async (present) => present && placementCommand(present, await siteOf(deps, present, present.record)),
      metadata: { ...metadata, commandId: `${metadata.commandId}:again` },
    });
    return { outcome: result, package: viewOf(entryOf(judged)) };
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
