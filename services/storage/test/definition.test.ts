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
    ODST_ALLOWED_EXTENSIONS: 'pkg,.DMG',
  });
  expect(storageConfigOf(settings)).toEqual({
    blobsDir: '/srv/packages/blobs',
    stagingDir: '/srv/packages/staging',
    databaseKeys: [key],
    maxUploadBytes: 1000,
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

test('says clearly that packages cannot be kept in S3 yet', () => {
  expect(() => settingsOf({ BLOB_STORE: 's3://bucket' })).toThrow('S3');
});
