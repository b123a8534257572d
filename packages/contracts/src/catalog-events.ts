import { createEventCodec, type EventOf } from './event-codec.ts';
import {
  PackageAnnounced,
  PackageConflictDetected,
  PackageDeleted,
  PackageHistoryMerged,
  PackagePublished,
  PackageSealed,
  PackageStageChanged,
  PackageUploaded,
  PackageWithheld,
  UploadRejected,
} from './gen/odst/catalog/v1/events.ts';

/** Every event of catalog, published on `odst.catalog.v1`. */
export const catalogEvents = {
  PackageUploaded: { message: PackageUploaded },
  UploadRejected: { message: UploadRejected },
  PackageAnnounced: { message: PackageAnnounced },
  PackagePublished: { message: PackagePublished },
  PackageSealed: { message: PackageSealed },
  PackageWithheld: { message: PackageWithheld },
  PackageDeleted: { message: PackageDeleted },
  PackageStageChanged: { message: PackageStageChanged },
  PackageHistoryMerged: { message: PackageHistoryMerged },
  PackageConflictDetected: { message: PackageConflictDetected },
} as const;

/** An event of catalog as the domain sees it. */
export type CatalogEvent = EventOf<typeof catalogEvents>;

/** Between catalog's domain events and their stored form. */
export const catalogEventCodec = createEventCodec(catalogEvents);
