import { createHash, randomBytes } from 'node:crypto';
import { Readable } from 'node:stream';
import { OdstError } from '@odst/kernel';
import { describe, expect, test } from 'vitest';
import { sweep } from '../../src/app/sweep.ts';
import { beginUpload } from '../../src/app/upload-session.ts';
import { isCrash, type StorageFixture, startStorageFixture } from '../storage-fixture.ts';

const nothingLive = { uploads: new Set<string>(), fetches: new Set<string>() };
const caller = { actor: 'account:admin', remoteAddress: '', correlationId: 'c', causationId: '', traceparent: '' };
const sha256Of = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');

/** Uploads until the crash; like a killed process it cleans nothing up. */
async function uploadUntilCrash(storage: StorageFixture, bytes: Uint8Array, point: string): Promise<void> {
  storage.crashAt(point);
  const attempt = async () => {
    const start = { filename: 'tool.pkg', declaredBytes: bytes.length, maxBytes: 1e9, caller };
    const session = await beginUpload(storage.deps, new Set(), start);
    await session.receive(Readable.from([bytes]));
    await session.complete({ stage: 'Prod', replace: false, replaces: '' });
  };
  await expect(attempt()).rejects.toSatisfy(isCrash);
}

/** Points before the upload is completed: the client was told nothing, and nothing is to be left. */
const before = ['storage.staging-written', 'storage.fsynced', 'storage.renamed'];
/** Points after it: the upload is finished without the client. */
const after = [
  'storage.appended.UploadCompleted',
  'storage.appended.BlobVerified',
  'storage.appended.UploadAccepted',
  'storage.before-201',
];

describe('after a crash', () => {
  test.each(before)('at %s nothing of the upload is left', async (point) => {
    await using storage = await startStorageFixture();
    await uploadUntilCrash(storage, randomBytes(2_000_000), point);
    await using again = await storage.restarted();
    await sweep(again.deps, nothingLive);
    expect(await again.files()).toEqual({ blobs: [], staging: [] });
    expect((await again.eventTypes()).at(-1)).toBe('UploadAborted');
    expect(await again.deps.uploadIndex.listUnfinished()).toEqual([]);
    expect(again.catalog.packages.size).toBe(0);
  });

  test.each(after)('at %s the upload is finished', async (point) => {
    await using storage = await startStorageFixture();
    const bytes = randomBytes(2_000_000);
    await uploadUntilCrash(storage, bytes, point);
    await using again = await storage.restarted();
    await sweep(again.deps, nothingLive);
    await sweep(again.deps, nothingLive);
    expect(await again.files()).toEqual({ blobs: [sha256Of(bytes)], staging: [] });
    expect(await again.eventTypes()).toEqual([
      'UploadStarted',
      'UploadCompleted',
      'ChunkVerified',
      'BlobVerified',
      'UploadAccepted',
    ]);
    expect(again.catalog.packages.get('tool.pkg')).toMatchObject({ sha256: sha256Of(bytes) });
  });

  test('at the rename the file stays where another package has the same bytes', async () => {
    await using storage = await startStorageFixture();
    const bytes = randomBytes(1000);
    const session = await beginUpload(storage.deps, new Set(), {
      filename: 'first.pkg',
      declaredBytes: undefined,
      maxBytes: 1e9,
      caller,
    });
    await session.receive(Readable.from([bytes]));
    await session.complete({ stage: 'Prod', replace: false, replaces: '' });
    await uploadUntilCrash(storage, bytes, 'storage.renamed');
    await using again = await storage.restarted();
    await sweep(again.deps, nothingLive);
    expect((await again.files()).blobs).toEqual([sha256Of(bytes)]);
    expect(await again.deps.blobIndex.find(sha256Of(bytes))).toBeDefined();
  });
});

test('an upload that met an unreachable catalogue is finished when it is back, or discarded where it refuses', async () => {
  await using storage = await startStorageFixture();
  const upload = (bytes: Uint8Array) => uploadTool(storage, bytes, { replace: false });
  const [first, second] = [randomBytes(100), randomBytes(101)];
  storage.catalog.setReachable(false);
  await expect(upload(first)).rejects.toThrow('catalog cannot be reached');
  await expect(upload(second)).rejects.toThrow('catalog cannot be reached');
  await sweep(storage.deps, nothingLive);
  expect(await storage.deps.uploadIndex.listUnfinished()).toHaveLength(2);
  storage.catalog.setReachable(true);
  await sweep(storage.deps, nothingLive);
  expect(await storage.deps.uploadIndex.listUnfinished()).toEqual([]);
  expect(storage.catalog.packages.get('tool.pkg')?.sha256).toBe(sha256Of(first));
  expect(await storage.files()).toEqual({ blobs: [sha256Of(first)], staging: [] });
  expect((await storage.eventTypes()).slice(-3)).toEqual(['UploadAccepted', 'UploadDiscarded', 'BlobRemoved']);
});

const uploadTool = async (storage: StorageFixture, bytes: Uint8Array, { replace } = { replace: true }) => {
  await using session = await beginUpload(storage.deps, new Set(), {
    filename: 'tool.pkg',
    declaredBytes: undefined,
    maxBytes: 1e9,
    caller,
  });
  await session.receive(Readable.from([bytes]));
  await session.complete({ stage: 'Prod', replace, replaces: '' });
};

test('an upload that the catalogue could not decide is never a conflict, and does not replace a later one', async () => {
  await using storage = await startStorageFixture();
  const [early, late] = [randomBytes(100), randomBytes(101)];
  storage.catalog.failToRegister(new OdstError('COMMON_COMMAND_CONFLICT', 'others wrote first'));
  await expect(uploadTool(storage, early)).rejects.toMatchObject({
    code: 'COMMON_SERVICE_UNAVAILABLE',
    message: expect.stringContaining('not decided yet'),
  });
  storage.catalog.failToRegister(undefined);
  await uploadTool(storage, late);
  await sweep(storage.deps, nothingLive);
  expect(storage.catalog.packages.get('tool.pkg')?.sha256).toBe(sha256Of(late));
  expect(await storage.deps.uploadIndex.listUnfinished()).toEqual([]);
  expect((await storage.files()).blobs).toEqual([sha256Of(late)]);
  expect(await storage.eventTypes()).toContain('UploadDiscarded');
});

test('an upload that the catalogue can never take ends with its answer', async () => {
  await using storage = await startStorageFixture();
  storage.catalog.failToRegister(new OdstError('COMMON_EVENT_TOO_LARGE', 'too many changes'));
  await expect(uploadTool(storage, randomBytes(100))).rejects.toMatchObject({ code: 'COMMON_EVENT_TOO_LARGE' });
  storage.catalog.failToRegister(undefined);
  await sweep(storage.deps, nothingLive);
  expect(storage.catalog.packages.size).toBe(0);
  expect(await storage.files()).toEqual({ blobs: [], staging: [] });
});

test('the sweep leaves live uploads and unknown files alone', async () => {
  await using storage = await startStorageFixture();
  const live = new Set<string>();
  const session = await beginUpload(storage.deps, live, {
    filename: 'tool.pkg',
    declaredBytes: undefined,
    maxBytes: 1e9,
    caller,
  });
  await using foreign = await storage.deps.blobStore.openStaging('somebody-elses', undefined);
  await using stray = await storage.deps.blobStore.openStaging('upload-00000000-0000-4000-8000-000000000000', undefined);
  await sweep(storage.deps, { uploads: live, fetches: new Set() });
  expect((await storage.files()).staging.sort()).toEqual([`upload-${session.uploadId}`, foreign.id].sort());
  expect(stray.openedSizeBytes).toBe(0);
  await session[Symbol.asyncDispose]();
});
