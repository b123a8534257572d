import type { CatalogEvent, PackageRecord } from '@odst/contracts/catalog';
import type { RegistrationEvent } from '@odst/contracts/registration';
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
 * What peers can use of a record: the changes that have their manifest. A server's own changes lack it for a moment after an
 * upload and are not signed then; PackageSealed brings them once they are complete. Each change says by itself what it has
 * seen, so a peer joins the rest to these whenever it comes; they stand in order of precedence, so the first of them stands.
 */
function sealedOf(record: PackageRecord): PackageRecord | undefined {
  const [first, ...concurrent] = [record, ...record.concurrent].filter(({ manifestDigest }) => manifestDigest !== '');
  return first === undefined ? undefined : { ...first, concurrent };
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
  const sealed = record && sealedOf(record);
  if (sealed !== undefined && (await feed.put({ kind: 'package', record: sealed }, catalogPosition))) feedSignal.raise();
}

/**
 * Carries an event of registration into the feed: what this server or another one says of itself, so that peers can check what it
 * signed. Doing it again changes nothing.
 */
export async function projectProfile(
  { feed, feedSignal }: { readonly feed: FeedStore; readonly feedSignal: FeedSignal },
  event: RegistrationEvent,
  position: bigint,
): Promise<void> {
  const profile = 'profile' in event.data ? event.data.profile : undefined;
  if (profile !== undefined && (await feed.put({ kind: 'profile', profile }, position))) feedSignal.raise();
}
