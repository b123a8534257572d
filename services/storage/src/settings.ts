import { join, resolve } from 'node:path';
import { defaultReserveBytes } from '@odst/blob-store';
import { integer, type Parsed, path, port, type ServerSettings, type Setting, type SettingsOf } from '@odst/service-host';

/** Bytes of 64 GiB. */
const defaultMaxUploadBytes = 68_719_476_736;

/** Storage's own settings. */
export const storageSettings = {
  BLOB_STORE: blobStore(),
  UPLOAD_STAGING_DIR: path({
    doc: 'Where uploads and transfers grow; on the same volume as the packages',
    default: undefined,
    defaultText: 'beside the packages',
    example: '/srv/packages/staging',
  }),
  ODST_MAX_UPLOAD_BYTES: integer({
    doc: 'Largest file that may be uploaded, in bytes',
    min: 1,
    max: Number.MAX_SAFE_INTEGER,
    default: defaultMaxUploadBytes,
    example: '17179869184',
  }),
  ODST_UPLOAD_EXPIRY_HOURS: integer({
    doc: 'Hours after its last byte after which a resumable upload that is not complete ends',
    min: 1,
    max: 8_760,
    default: 24,
    example: '72',
  }),
  ODST_DISK_RESERVE_BYTES: integer({
    doc: 'Bytes of the packages’ volume that uploads and transfers leave free, whatever its size; 0 leaves none',
    min: 0,
    max: Number.MAX_SAFE_INTEGER,
    default: defaultReserveBytes,
    example: '10737418240',
  }),
  ODST_DATA_PLANE_PORT: port({
    doc: 'Distributed only: HTTP port of the storage service for uploads, downloads and chunks',
    default: 8081,
    example: '8081',
  }),
} as const;

/** Folders of the packages and of what grows to be one. */
export function blobFoldersOf(
  settings: Pick<ServerSettings, 'ODST_DATA_DIR'> & Pick<SettingsOf<typeof storageSettings>, 'BLOB_STORE' | 'UPLOAD_STAGING_DIR'>,
): { readonly blobsDir: string; readonly stagingDir: string } {
  const root = settings.BLOB_STORE ?? settings.ODST_DATA_DIR;
  return { blobsDir: join(root, 'blobs'), stagingDir: settings.UPLOAD_STAGING_DIR ?? join(root, 'staging') };
}

function blobStore(): Setting<string | undefined> {
  return {
    doc: 'Where packages are kept: `file:` and a folder, which gets the folders `blobs` and `staging`',
    example: 'file:/srv/packages',
    secret: false,
    defaultText: 'in `ODST_DATA_DIR`',
    fallback: undefined,
    parse: parseBlobStore,
  };
}

function parseBlobStore(text: string): Parsed<string> {
  if (text.startsWith('s3:')) return { fault: 'names S3, which this version cannot use yet; use a folder' };
  if (!text.startsWith('file:')) return { fault: 'does not begin with file:' };
  const folder = decodeURIComponent(text.slice('file:'.length).replace(/^\/\/(?=\/)/, ''));
  if (folder === '' || folder.startsWith('//')) return { fault: 'names no folder of this machine' };
  return { value: resolve(folder) };
}
