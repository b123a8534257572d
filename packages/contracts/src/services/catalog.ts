import { type Readable, readable } from '../catalog/package-change.ts';
import { createEventCodec, type EventOf } from '../event-codec.ts';
import {
  PackageAnnounced as PackageAnnouncedMessage,
  PackageConflictDetected,
  PackageConflictResolved as PackageConflictResolvedMessage,
  PackageDeleted as PackageDeletedMessage,
  PackageDemoted as PackageDemotedMessage,
  PackageDiscarded,
  PackageLeaving,
  PackageLetGo,
  PackagePromoted as PackagePromotedMessage,
  PackagePublished,
  PackageRestored as PackageRestoredMessage,
  PackageSealed as PackageSealedMessage,
  PackageServedHeadChanged,
  PackageTrashed,
  PackageUploaded as PackageUploadedMessage,
  PackageWanted,
  PackageWithheld,
  UploadRejected,
} from '../gen/odst/catalog/v1/events.ts';
import { RecordsServiceService } from '../gen/odst/catalog/v1/records.ts';
import { PackagesServiceService } from '../gen/odst/catalog/v1/service.ts';
import { allowCalls, type ServiceDeclaration } from '../service-declaration.ts';

export type { HeadSetting, PackageChange, VersionEntry } from '../catalog/package-change.ts';
export { changesOfRecord, recordOfChanges, serversOfRecord } from '../catalog/package-record.ts';
export type { GetTrashResponse, ListHeadsRequest, ListHeadsResponse, PackageHeads } from '../gen/odst/catalog/v1/counts.ts';
export type {
  PackageConflictDetected,
  PackageDiscarded,
  PackageLeaving,
  PackageLetGo,
  PackagePublished,
  PackageServedHeadChanged,
  PackageTrashed,
  PackageWanted,
  PackageWithheld,
  UploadRejected,
} from '../gen/odst/catalog/v1/events.ts';
export { Content, PackageRecord } from '../gen/odst/catalog/v1/record.ts';
export {
  type GetRecordsRequest,
  type GetRecordsResponse,
  type HeldChange,
  type LeavingPackageContent,
  type LetGoRequest,
  type LetGoResponse,
  type ListLeavingRequest,
  type ListLeavingResponse,
  type ListRecordDigestsRequest,
  type ListRecordDigestsResponse,
  type ListWantedRequest,
  type ListWantedResponse,
  type NamesContentRequest,
  type NamesContentResponse,
  type OfferRecordRequest,
  type OfferRecordResponse,
  type RecordDigest,
  RecordsServiceService,
  type WantedContent,
  type WriterState,
} from '../gen/odst/catalog/v1/records.ts';
export * from '../gen/odst/catalog/v1/service.ts';

/** A package, or new content of one of its heads, was uploaded here. */
export type PackageUploaded = Readable<PackageUploadedMessage, 'change'>;
/** A peer told of content that was uploaded to another server. */
export type PackageAnnounced = Readable<PackageAnnouncedMessage, 'change'>;
/** The content of one stage became that of a higher one. */
export type PackagePromoted = Readable<PackagePromotedMessage, 'change'>;
/** The content of one stage became that of a lower one. */
export type PackageDemoted = Readable<PackageDemotedMessage, 'change'>;
/** The package was deleted in one stage, or in all. */
export type PackageDeleted = Readable<PackageDeletedMessage, 'change'>;
/** Heads have a content again that they had before. */
export type PackageRestored = Readable<PackageRestoredMessage, 'change'>;
/** An admin chose what a head in conflict has. */
export type PackageConflictResolved = Readable<PackageConflictResolvedMessage, 'change'>;
/** A change of this server is complete and signed. */
export type PackageSealed = Readable<PackageSealedMessage, 'sealed'>;

/**
 * Most bytes of a payload that holds a change. The vectors of its heads name every start of every server in which the package was
 * changed: up to 200 names take less than the usual limit, 500 for each of three heads, which is the most, not much over 70,000 bytes.
 */
export const maxChangePayloadBytes = 80_000;

/** Every event of catalog, published on `odst.catalog.v1`. */
export const catalogEvents = {
  PackageUploaded: { message: readable('change', PackageUploadedMessage), maxBytes: maxChangePayloadBytes },
  UploadRejected: { message: UploadRejected },
  PackageAnnounced: { message: readable('change', PackageAnnouncedMessage), maxBytes: maxChangePayloadBytes },
  PackagePromoted: { message: readable('change', PackagePromotedMessage), maxBytes: maxChangePayloadBytes },
  PackageDemoted: { message: readable('change', PackageDemotedMessage), maxBytes: maxChangePayloadBytes },
  PackageDeleted: { message: readable('change', PackageDeletedMessage), maxBytes: maxChangePayloadBytes },
  PackageRestored: { message: readable('change', PackageRestoredMessage), maxBytes: maxChangePayloadBytes },
  PackageConflictDetected: { message: PackageConflictDetected },
  PackageConflictResolved: { message: readable('change', PackageConflictResolvedMessage), maxBytes: maxChangePayloadBytes },
  PackageSealed: { message: readable('sealed', PackageSealedMessage), maxBytes: maxChangePayloadBytes },
  PackageWanted: { message: PackageWanted },
  PackagePublished: { message: PackagePublished },
  PackageWithheld: { message: PackageWithheld },
  PackageServedHeadChanged: { message: PackageServedHeadChanged },
  PackageTrashed: { message: PackageTrashed },
  PackageDiscarded: { message: PackageDiscarded },
  PackageLeaving: { message: PackageLeaving },
  PackageLetGo: { message: PackageLetGo },
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
    allowCalls(PackagesServiceService, ['gateway', 'storage'], {
      callers: { registerUpload: ['storage'], checkUpload: ['storage'] },
    }),
    allowCalls(RecordsServiceService, ['sync'], { callers: { namesContent: ['storage'] } }),
  ],
} as const satisfies ServiceDeclaration;
