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
    case 'PackageStageChanged':
    case 'PackageHistoryMerged':
      return event.data.record;
    case 'PackageConflictDetected':
      return event.data.winner;
    case 'UploadRejected':
      return undefined;
  }
}

/** Carries an event of catalog into the feed and tells the readers. Doing it again changes nothing. */
export async function projectFeed(
  { feed, feedSignal }: { readonly feed: FeedStore; readonly feedSignal: FeedSignal },
  event: CatalogEvent,
  catalogPosition: bigint,
): Promise<void> {
  const record = recordOf(event);
  if (record !== undefined && (await feed.put(record, catalogPosition))) feedSignal.raise();
}
