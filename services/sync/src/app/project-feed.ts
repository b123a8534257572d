import type { CatalogEvent } from '@odst/contracts/catalog';
import type { RegistrationEvent } from '@odst/contracts/registration';
import type { Logger } from '@odst/telemetry';
import { digestPages } from './answer-digests.ts';
import type { FeedSignal } from './feed-signal.ts';
import type { Catalog, FeedStore } from './ports.ts';

/** What puts a package at the end of the feed. */
type Projection = { readonly feed: FeedStore; readonly feedSignal: FeedSignal };

/** Events that change a record: each brings a change into it, or completes some. The others concern this server alone. */
const changing: ReadonlySet<CatalogEvent['type']> = new Set([
  'PackageUploaded',
  'PackageAnnounced',
  'PackagePromoted',
  'PackageDemoted',
  'PackageDeleted',
  'PackageRestored',
  'PackageConflictResolved',
  'PackageSealed',
]);

/**
 * Carries an event of catalog into the feed and tells the readers: the package's entry goes to the end. Where its record may not leave
 * yet, as right after an upload, readers pass it over, and PackageSealed puts it at the end once more. Doing it again changes nothing.
 * @param uuid of the event's stream
 */
export async function projectFeed(
  { feed, feedSignal }: Projection,
  event: CatalogEvent,
  uuid: string,
  catalogPosition: bigint,
): Promise<void> {
  if (changing.has(event.type) && (await feed.put({ kind: 'package', uuid }, catalogPosition))) feedSignal.raise();
}

/**
 * Carries an event of registration into the feed: what this server or another one says of itself, so that peers can check what it
 * signed, and which one is retired. Doing it again changes nothing.
 */
export async function projectProfile(
  { feed, feedSignal }: Projection,
  event: RegistrationEvent,
  position: bigint,
): Promise<void> {
  const profile = 'profile' in event.data ? event.data.profile : undefined;
  if (profile !== undefined && (await feed.put({ kind: 'profile', profile }, position))) feedSignal.raise();
  const retirement = event.type === 'ServerRetired' ? event.data.retirement : undefined;
  if (retirement !== undefined && (await feed.put({ kind: 'retirement', retirement }, position))) feedSignal.raise();
}

/**
 * Puts packages into the feed that catalog has and the feed lacks: what got lost of it would be heard by no new peer. An event of one that
 * is on its way puts it there once more.
 */
export async function mendFeed(
  {
    feed,
    feedSignal,
    catalog,
    logger,
  }: Projection & { readonly catalog: Pick<Catalog, 'recordDigests'>; readonly logger: Logger },
  signal: AbortSignal,
): Promise<void> {
  const lost: string[] = [];
  for await (const digests of digestPages(catalog, '', signal)) {
    for (const uuid of await feed.lacking(digests.map((one) => one.uuid))) {
      if (await feed.put({ kind: 'package', uuid }, 0n)) lost.push(uuid);
    }
  }
  if (lost.length === 0) return;
  logger.warn({ packages: lost.length, some: lost.slice(0, 10) }, 'packages were missing in the feed and are told again');
  feedSignal.raise();
}
