import { blobFoldersOf, requireSetting, type ServerSettings } from '@odst/service-host';
import type { StorageDeps } from './service.ts';

/** The part of storage's dependencies that comes from the settings. */
export type StorageConfig = Pick<
  StorageDeps,
  'blobsDir' | 'stagingDir' | 'databaseKeys' | 'maxUploadBytes' | 'allowedExtensions'
>;

/**
 * What the settings say about storage as a process of its own.
 * @throws OdstError COMMON_SETTING_INVALID without DATABASE_KEY, which only a standalone server makes by itself
 */
export function storageConfigOf(settings: ServerSettings): StorageConfig {
  return {
    ...blobFoldersOf(settings),
    databaseKeys: requireSetting(settings, 'DATABASE_KEY', 'storage'),
    maxUploadBytes: settings.ODST_MAX_UPLOAD_BYTES,
    allowedExtensions: settings.ODST_ALLOWED_EXTENSIONS,
  };
}
