import { readServiceSettings } from '@odst/backbone';
import { expect, test } from 'vitest';
import { storageConfigOf, storageDefinition } from '../src/definition.ts';
import { blobFoldersOf } from '../src/settings.ts';

const key = Buffer.alloc(32, 7);

test('takes from the settings where packages are kept and which may be uploaded', () => {
  const settings = readServiceSettings([storageDefinition], {
    DATABASE_KEY: key.toString('base64'),
    BLOB_STORE: 'file:/srv/packages',
    ODST_MAX_UPLOAD_BYTES: '1000',
    ODST_DISK_RESERVE_BYTES: '2000',
    ODST_ALLOWED_EXTENSIONS: 'pkg,.DMG',
  });
  expect(storageConfigOf(settings)).toEqual({
    blobsDir: '/srv/packages/blobs',
    stagingDir: '/srv/packages/staging',
    databaseKeys: [key],
    maxUploadBytes: 1000,
    reserveBytes: 2000,
    uploadExpiryHours: 24,
    allowedExtensions: ['pkg', 'dmg'],
  });
});

test('makes up no key that registration would not have', () => {
  expect(() => storageConfigOf(readServiceSettings([storageDefinition], {}))).toThrow(
    'DATABASE_KEY is missing: storage needs it; example: DATABASE_KEY=',
  );
});

const settingsOf = (environment: Record<string, string>) => readServiceSettings([storageDefinition], environment);

test('keeps packages and what grows to be one side by side', () => {
  const odst = { ODST_DATA_DIR: '/data' };
  expect(blobFoldersOf(settingsOf(odst))).toEqual({ blobsDir: '/data/blobs', stagingDir: '/data/staging' });
  expect(blobFoldersOf(settingsOf({ ...odst, BLOB_STORE: 'file:///mnt/p' }))).toEqual({
    blobsDir: '/mnt/p/blobs',
    stagingDir: '/mnt/p/staging',
  });
  expect(blobFoldersOf(settingsOf({ ...odst, UPLOAD_STAGING_DIR: '/data/up' })).stagingDir).toBe('/data/up');
});

test('leaves 1 GiB of the volume free, or what is set, also nothing', () => {
  const { ODST_DISK_RESERVE_BYTES: byDefault } = settingsOf({});
  expect(byDefault).toBe(1_073_741_824);
  expect(settingsOf({ ODST_DISK_RESERVE_BYTES: '0' }).ODST_DISK_RESERVE_BYTES).toBe(0);
});

test.each(['1GiB', '-1', '1e9', '5%', '1.5', '0x10', '9007199254740992'])(
  'does not start with a reserve of %s, and says so in one line',
  (value) => {
    expect(() => settingsOf({ ODST_DISK_RESERVE_BYTES: value })).toThrow(
      `ODST_DISK_RESERVE_BYTES: "${value}" is no whole number from 0 to 9007199254740991; example: ODST_DISK_RESERVE_BYTES=10737418240`,
    );
  },
);

test('says clearly that packages cannot be kept in S3 yet', () => {
  expect(() => settingsOf({ BLOB_STORE: 's3://bucket' })).toThrow('S3');
});
