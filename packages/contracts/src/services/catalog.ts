import { createEventCodec, type EventOf } from '../event-codec.ts';
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
} from '../gen/odst/catalog/v1/events.ts';
import { PackagesServiceService, RecordsServiceService } from '../gen/odst/catalog/v1/service.ts';
import { allowCalls, type ServiceDeclaration } from '../service-declaration.ts';

export type {
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
} from '../gen/odst/catalog/v1/events.ts';
export { PackageRecord, VersionEntry } from '../gen/odst/catalog/v1/record.ts';
export * from '../gen/odst/catalog/v1/service.ts';

/**
 * Most bytes of a payload that holds records. A record has all changes that were made without knowing of each other, as after
 * many servers met that each had the same package: more than fits into the usual limit, but never more than a message of
 * Kafka may have, which is 1,048,588 bytes unless its admin says otherwise.
 */
export const maxRecordPayloadBytes = 900_000;

/** Every event of catalog, published on `odst.catalog.v1`. */
export const catalogEvents = {
  PackageUploaded: { message: PackageUploaded, maxBytes: maxRecordPayloadBytes },
  UploadRejected: { message: UploadRejected },
  PackageAnnounced: { message: PackageAnnounced, maxBytes: maxRecordPayloadBytes },
  PackagePublished: { message: PackagePublished, maxBytes: maxRecordPayloadBytes },
  PackageSealed: { message: PackageSealed, maxBytes: maxRecordPayloadBytes },
  PackageWithheld: { message: PackageWithheld, maxBytes: maxRecordPayloadBytes },
  PackageDeleted: { message: PackageDeleted, maxBytes: maxRecordPayloadBytes },
  PackageStageChanged: { message: PackageStageChanged, maxBytes: maxRecordPayloadBytes },
  PackageHistoryMerged: { message: PackageHistoryMerged, maxBytes: maxRecordPayloadBytes },
  PackageConflictDetected: { message: PackageConflictDetected, maxBytes: maxRecordPayloadBytes },
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
