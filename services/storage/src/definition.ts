import { defineService } from '@odst/backbone';
import { secretsMigrations } from '@odst/secrets';
import { requireSetting, type ServerSettings, type SettingsOf } from '@odst/service-host';
import { type StorageDeps, startStorage } from './service.ts';
import { blobFoldersOf, storageSettings } from './settings.ts';

/**
 * What the settings say about storage.
 * @throws OdstError COMMON_SETTING_INVALID without DATABASE_KEY, which only a standalone server makes by itself
 */
export function storageConfigOf(
  settings: ServerSettings & SettingsOf<typeof storageSettings>,
): Pick<
  StorageDeps,
  'blobsDir' | 'stagingDir' | 'databaseKeys' | 'maxUploadBytes' | 'reserveBytes' | 'allowedExtensions' | 'uploadExpiryHours'
> {
  return {
    ...blobFoldersOf(settings),
    databaseKeys: requireSetting(settings, 'DATABASE_KEY', 'storage'),
    maxUploadBytes: settings.ODST_MAX_UPLOAD_BYTES,
    reserveBytes: settings.ODST_DISK_RESERVE_BYTES,
    allowedExtensions: settings.ODST_ALLOWED_EXTENSIONS,
    uploadExpiryHours: settings.ODST_UPLOAD_EXPIRY_HOURS,
  };
}

/** Storage: the bytes. Its byte routes are at the gateway's listener, or, in a process of its own, at one of its own. */
export const storageDefinition = defineService({
  name: 'storage',
  tables: [secretsMigrations],
  migrations: new URL('../migrations', import.meta.url),
  needs: ['registration'],
  settings: storageSettings,
  routesPort: 'ODST_DATA_PLANE_PORT',
  start: (runtime, settings) => startStorage({ ...runtime, ...storageConfigOf(settings) }),
});
