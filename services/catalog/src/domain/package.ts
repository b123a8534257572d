import type {
  PackageAnnounced,
  PackageConflictDetected,
  PackageDeleted,
  PackageHistoryMerged,
  PackagePublished,
  PackageRecord,
  PackageSealed,
  PackageStageChanged,
  PackageUploaded,
  PackageWithheld,
} from '@odst/contracts/catalog';
import { changesOf } from './record-merge.ts';
import { isUnsealed } from './sealing.ts';

/**
 * `Public`: the bytes are here and verified. `Downloading`: they are wanted. `Withheld`: this server does not admit the
 * stage. `Deleted`: an admin of some server deleted the package; the record stays for ever.
 */
export type PackageStatus = 'Public' | 'Downloading' | 'Withheld' | 'Deleted';

/** A package on this server. */
export type Package = {
  /** Small number of this server, never reused. */
  readonly packageId: number;
  readonly record: PackageRecord;
  readonly status: PackageStatus;
  /** Content that is served under the name, until newer bytes are verified; undefined when none is. */
  readonly served: PackageRecord | undefined;
  /** Contents uploaded to this server, hex: kept and served whatever their stage. */
  readonly uploadedHere: readonly string[];
  /** Peer that told of the content that stands; empty for an upload. */
  readonly toldBy: string;
  /**
   * How many of the last events only completed what was there with its manifest: whoever saw the package before them has seen
   * it as it is.
   */
  readonly sealedSince: number;
};

/** What happens to a package. */
export type PackageEvent =
  | { readonly type: 'PackageUploaded'; readonly data: PackageUploaded }
  | { readonly type: 'PackageAnnounced'; readonly data: PackageAnnounced }
  | { readonly type: 'PackagePublished'; readonly data: PackagePublished }
  | { readonly type: 'PackageSealed'; readonly data: PackageSealed }
  | { readonly type: 'PackageWithheld'; readonly data: PackageWithheld }
  | { readonly type: 'PackageDeleted'; readonly data: PackageDeleted }
  | { readonly type: 'PackageStageChanged'; readonly data: PackageStageChanged }
  | { readonly type: 'PackageHistoryMerged'; readonly data: PackageHistoryMerged }
  | { readonly type: 'PackageConflictDetected'; readonly data: PackageConflictDetected };

/** State after `event`; undefined is a name without history. */
export function evolvePackage(state: Package | undefined, event: PackageEvent): Package {
  const record = event.type === 'PackageConflictDetected' ? event.data.winner : event.data.record;
  if (record === undefined) throw new TypeError(`${event.type} without a record`);
  const before = state ?? newPackage(event.data.packageId, record);
  const sealedSince = event.type === 'PackageSealed' ? before.sealedSince + 1 : 0;
  const next = { ...before, record, toldBy: toldBy(before, event, record), sealedSince };
  switch (event.type) {
    case 'PackageUploaded':
      return { ...next, uploadedHere: [...new Set([...before.uploadedHere, record.sha256])] };
    case 'PackagePublished':
      return { ...next, status: 'Public', served: record };
    case 'PackageSealed':
      return { ...next, served: before.served && sealedContent(before.served, record) };
    case 'PackageAnnounced':
      return { ...next, status: 'Downloading' };
    case 'PackageWithheld':
      return { ...next, status: 'Withheld' };
    case 'PackageDeleted':
      return { ...next, status: 'Deleted', served: undefined };
    case 'PackageStageChanged':
    case 'PackageHistoryMerged':
    case 'PackageConflictDetected':
      return next;
  }
}

function newPackage(packageId: number, record: PackageRecord): Package {
  return { packageId, record, status: 'Withheld', served: undefined, uploadedHere: [], toldBy: '', sealedSince: 0 };
}

/** What is served, with the manifest that `record` has for its content meanwhile; only the content counts of it, so it is not signed. */
function sealedContent(served: PackageRecord, record: PackageRecord): PackageRecord {
  if (!isUnsealed(served)) return served;
  const sealed = changesOf(record).find((change) => change.sha256 === served.sha256 && !isUnsealed(change));
  return sealed === undefined ? served : { ...served, manifestDigest: sealed.manifestDigest };
}

/** The peer that told of a content first is asked for it first. */
function toldBy(before: Package, event: PackageEvent, record: PackageRecord): string {
  const sameContent = before.record.sha256 === record.sha256;
  if (sameContent && before.toldBy !== '') return before.toldBy;
  return 'fromIss' in event.data ? event.data.fromIss : sameContent ? before.toldBy : '';
}
