import { join } from 'node:path';
import type { ProcessDeps } from '@odst/backbone';
import { loadOrCreateKeyFile } from '@odst/secrets';
import { blobFoldersOf, type ServerSettings } from '@odst/service-host';
import type { StorageDeps } from './service.ts';

/** What storage's own process takes from the settings. */
export type StorageConfig = Pick<
  StorageDeps,
  'blobsDir' | 'stagingDir' | 'databaseKeys' | 'maxUploadBytes' | 'allowedExtensions'
> & {
  readonly dataPlaneHost: string;
  readonly dataPlanePort: number;
};

/** Reads it. Without DATABASE_KEY a key is made once, in the data directory. */
export async function storageConfigOf(settings: ProcessDeps['settings']): Promise<StorageConfig> {
  return {
    ...blobFoldersOf(settings),
    databaseKeys: await databaseKeysOf(settings),
    maxUploadBytes: settings.ODST_MAX_UPLOAD_BYTES,
    allowedExtensions: settings.ODST_ALLOWED_EXTENSIONS,
    dataPlaneHost: settings.ODST_HOST,
    dataPlanePort: settings.ODST_DATA_PLANE_PORT,
  };
}

async function databaseKeysOf(settings: ServerSettings): Promise<readonly Uint8Array[]> {
  return settings.DATABASE_KEY ?? [await loadOrCreateKeyFile(join(settings.ODST_DATA_DIR, 'database.key'))];
}
