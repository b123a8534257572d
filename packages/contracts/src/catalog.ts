export { type CatalogEvent, catalogEventCodec, catalogEvents } from './catalog-events.ts';
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
} from './gen/odst/catalog/v1/events.ts';
export { PackageRecord, VersionEntry } from './gen/odst/catalog/v1/record.ts';
export * from './gen/odst/catalog/v1/service.ts';
