import { mkdir, readdir, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { OdstError } from '@odst/kernel';
import { temporaryDirectory } from '@odst/testing';
import { expect, test } from 'vitest';
import { describeBlobStore } from '../../src/contract/index.ts';
import { openFileBlobStore } from '../../src/index.ts';

const gibibyte = 1_073_741_824;

async function openStore(faultPoint?: (name: string) => Promise<void>) {
  const folder = await temporaryDirectory();
  const blobsDir = join(folder.path, 'blobs');
  let freeBytes = 100 * gibibyte;
  const store = await openFileBlobStore({
    blobsDir,
    stagingDir: join(folder.path, 'staging'),
    disk: { measure: async () => ({ totalBytes: 200 * gibibyte, freeBytes, usedBytes: 200 * gibibyte - freeBytes }) },
    reserveBytes: 10 * gibibyte,
    ...(faultPoint === undefined ? {} : { faultPoint }),
  });
  return {
    store,
    folder,
    blobsDir,
    setAvailableBytes(bytes: number) {
      freeBytes = 10 * gibibyte + bytes;
    },
    async listBlobs() {
      return (await readdir(blobsDir, { recursive: true, withFileTypes: true }))
        .filter((entry) => entry.isFile())
        .map(({ name }) => name);
    },
    [Symbol.asyncDispose]: () => folder[Symbol.asyncDispose](),
  };
}

describeBlobStore('the blob store on the file system', openStore);

test('lays blobs out under their first two digits', async () => {
  await using subject = await openStore();
  const staging = await subject.store.openStaging('upload-1', 2);
  await staging.write(Buffer.from('hi'), 0);
  const sha256 = '8f434346648f6b96df89dda901c5176b10a6d83961dd3c1ac88b59b2dc327aa4';
  await subject.store.publish(staging, sha256);
  expect((await stat(join(subject.blobsDir, '8f', sha256))).size).toBe(2);
});

test('passes its fault points in the order of the steps, and stands under the old name until renamed', async () => {
  const passed: string[] = [];
  let crashAt = '';
  await using subject = await openStore(async (name) => {
    passed.push(name);
    if (name === crashAt) throw new OdstError('COMMON_INTERNAL', 'crash');
  });
  const attempt = async () => {
    await using staging = await subject.store.openStaging('upload-1', 1);
    await staging.write(Buffer.from('x'), 0);
    await subject.store.publish(staging, 'a'.repeat(64));
  };
  crashAt = 'storage.fsynced';
  await expect(attempt()).rejects.toThrow('crash');
  expect(await subject.listBlobs()).toEqual([]);
  expect(await subject.store.listStaging()).toHaveLength(1);
  crashAt = 'storage.renamed';
  await expect(attempt()).rejects.toThrow('crash');
  expect(await subject.listBlobs()).toHaveLength(1);
  expect(passed).toEqual([
    'storage.staging-written',
    'storage.fsynced',
    'storage.staging-written',
    'storage.fsynced',
    'storage.renamed',
  ]);
});

test('measures the real volume', async () => {
  await using folder = await temporaryDirectory();
  await mkdir(join(folder.path, 'blobs'));
  const store = await openFileBlobStore({ blobsDir: join(folder.path, 'blobs'), stagingDir: join(folder.path, 'staging') });
  const usage = await store.usage();
  expect(usage.totalBytes).toBeGreaterThan(usage.freeBytes);
  expect(usage.usedBytes).toBeGreaterThan(0);
});

test('says which setting is wrong when a folder cannot be used', async () => {
  await using folder = await temporaryDirectory();
  const file = join(folder.path, 'file');
  await writeFile(file, '');
  const open = (blobsDir: string, stagingDir: string) => openFileBlobStore({ blobsDir, stagingDir });
  await expect(open(join(file, 'blobs'), join(folder.path, 'staging'))).rejects.toMatchObject({
    code: 'COMMON_SETTING_INVALID',
    message: expect.stringMatching(/^BLOB_STORE: the folder .* cannot be used: ENOTDIR/),
  });
  await expect(open(join(folder.path, 'blobs'), file)).rejects.toMatchObject({
    code: 'COMMON_SETTING_INVALID',
    message: expect.stringMatching(/^UPLOAD_STAGING_DIR: the folder .* cannot be used: EEXIST/),
  });
});
