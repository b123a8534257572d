export * from './gen/odst/catalog/v1/service.ts';
export type {
  PackageUploaded,
  UploadRejected,
  PackageAnnounced,
  PackagePublished,
  PackageWithheld,
  PackageStageChanged,
  PackageHistoryMerged,
  PackageConflictDetected,
} from './gen/odst/catalog/v1/events.ts';
export { catalogEventCodec, catalogEvents, type CatalogEvent } from './catalog-events.ts';
export { PackageRecord, VersionEntry } from './gen/odst/catalog/v1/record.ts';
