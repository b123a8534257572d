import { createEventCodec, type EventOf } from '../event-codec.ts';
import {
  PackageAnnounced,
  PackageConflictDetected,
  PackageConflictResolved,
  PackageDeleted,
  PackageDemoted,
  PackageDiscarded,
  PackagePromoted,
  PackagePublished,
  PackageRestored,
  PackageSealed,
  PackageServedHeadChanged,
  PackageTrashed,
  PackageUploaded,
  PackageWanted,
  PackageWithheld,
  UploadRejected,
} from '../gen/odst/catalog/v1/events.ts';
import { RecordsServiceService } from '../gen/odst/catalog/v1/records.ts';
import { PackagesServiceService } from '../gen/odst/catalog/v1/service.ts';
import { allowCalls, type ServiceDeclaration } from '../service-declaration.ts';

export { changesOfRecord, recordOfChanges } from '../catalog/package-record.ts';
export type {
  PackageAnnounced,
  PackageConflictDetected,
  PackageConflictResolved,
  PackageDeleted,
  PackageDemoted,
  PackageDiscarded,
  PackagePromoted,
  PackagePublished,
  PackageRestored,
  PackageSealed,
  PackageServedHeadChanged,
  PackageTrashed,
  PackageUploaded,
  PackageWanted,
  PackageWithheld,
  UploadRejected,
} from '../gen/odst/catalog/v1/events.ts';
export { Content, HeadSetting, PackageChange, PackageRecord, VersionEntry } from '../gen/odst/catalog/v1/record.ts';
export {
  type GetRecordsRequest,
  type GetRecordsResponse,
  type HeldChange,
  type ListWantedRequest,
  type ListWantedResponse,
  type NamesContentRequest,
  type NamesContentResponse,
  type OfferRecordRequest,
  type OfferRecordResponse,
  RecordsServiceService,
  type WantedContent,
} from '../gen/odst/catalog/v1/records.ts';
export * from '../gen/odst/catalog/v1/service.ts';

/**
 * Most bytes of a payload that holds a change. The vectors of its heads name every start of every server in which the package was
 * changed, up to 500 for each head: more than fits into the usual limit, but less than a message of Kafka may have, which is
 * 1,048,588 bytes unless its admin says otherwise.
 */
export const maxChangePayloadBytes = 300_000;

/** Every event of catalog, published on `odst.catalog.v1`. */
export const catalogEvents = {
  PackageUploaded: { message: PackageUploaded, maxBytes: maxChangePayloadBytes },
  UploadRejected: { message: UploadRejected },
  PackageAnnounced: { message: PackageAnnounced, maxBytes: maxChangePayloadBytes },
  PackagePromoted: { message: PackagePromoted, maxBytes: maxChangePayloadBytes },
  PackageDemoted: { message: PackageDemoted, maxBytes: maxChangePayloadBytes },
  PackageDeleted: { message: PackageDeleted, maxBytes: maxChangePayloadBytes },
  PackageRestored: { message: PackageRestored, maxBytes: maxChangePayloadBytes },
  PackageConflictDetected: { message: PackageConflictDetected, maxBytes: maxChangePayloadBytes },
  PackageConflictResolved: { message: PackageConflictResolved, maxBytes: maxChangePayloadBytes },
  PackageSealed: { message: PackageSealed, maxBytes: maxChangePayloadBytes },
  PackageWanted: { message: PackageWanted },
  PackagePublished: { message: PackagePublished },
  PackageWithheld: { message: PackageWithheld },
  PackageServedHeadChanged: { message: PackageServedHeadChanged },
  PackageTrashed: { message: PackageTrashed },
  PackageDiscarded: { message: PackageDiscarded },
} as const;

/** An event of catalog as the domain sees it. */
export type CatalogEvent = EventOf<typeof catalogEvents>;

/** Between catalog's domain events and their stored form. */
export const catalogEventCodec = createEventCodec(catalogEvents);

/** Catalog as others know it: packages, merged the same way everywhere. */
export const catalogDeclaration = {
  name: 'catalog',
  events: catalogEvents,
  calls: [
    allowCalls(PackagesServiceService, ['gateway', 'storage'], { callers: { registerUpload: ['storage'] } }),
    allowCalls(RecordsServiceService, ['sync'], { callers: { namesContent: ['storage'] } }),
  ],
} as const satisfies ServiceDeclaration;
