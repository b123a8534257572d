import type { CatalogEvent, PackageRecord } from '@odst/contracts/catalog';
import type { FeedSignal } from './feed-signal.ts';
import type { FeedStore } from './ports.ts';

/** The state that an event of catalog leaves behind, whatever the package's status here; undefined where it has none. */
function recordOf(event: CatalogEvent): PackageRecord | undefined {
  switch (event.type) {
    case 'PackageUploaded':
    case 'PackageAnnounced':
    case 'PackagePublished':
    case 'PackageWithheld':
    case 'PackageDeleted':
    case 'PackageSealed':
    case 'PackageStageChanged':
    case 'PackageHistoryMerged':
      return event.data.record;
    case 'PackageConflictDetected':
      return event.data.winner;
    case 'UploadRejected':
      return undefined;
  }
}

/**
 * Whether every change of the record has its manifest. A server's own changes lack it for a moment after an upload and are
 * not signed then: no peer would take such a record. PackageSealed brings it once it is complete.
 */
function isSealed(record: PackageRecord): boolean {
  return [record, ...record.concurrent].every((change) => change.manifestDigest !== '');
}

/**
 * Carries an event of catalog into the feed and tells the readers. What peers cannot use yet leaves the package's entry as it
 * was. Doing it again changes nothing.
 */
export async function projectFeed(
  { feed, feedSignal }: { readonly feed: FeedStore; readonly feedSignal: FeedSignal },
  event: CatalogEvent,
  catalogPosition: bigint,
): Promise<void> {
  const record = recordOf(event);
  if (record === undefined || !isSealed(record)) return;
  if (await feed.put(record, catalogPosition)) feedSignal.raise();
}
