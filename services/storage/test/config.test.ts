import { readServerSettings } from '@odst/service-host';
import { expect, test } from 'vitest';
import { storageConfigOf } from '../src/config.ts';

const key = Buffer.alloc(32, 7);

test('takes from the settings where packages are kept and which may be uploaded', () => {
  const settings = readServerSettings({
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
  expect(() => storageConfigOf(readServerSettings({}))).toThrow(
    'DATABASE_KEY is missing: storage needs it; example: DATABASE_KEY=',
  );
});
