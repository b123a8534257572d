import { hash, randomBytes } from 'node:crypto';
import { Readable } from 'node:stream';
import { eventually } from '@odst/testing';
import { beforeAll, describe, expect, test } from 'vitest';
import { createLoadManifest } from '../../src/app/load-manifest.ts';
import { sweep } from '../../src/app/sweep.ts';
import { beginUpload } from '../../src/app/upload-session.ts';
import { isCrash, type StorageFixture, startStorageFixture } from '../storage-fixture.ts';

const mebibyte = 1_048_576;
const context = { actor: 'account:admin', remoteAddress: '', correlationId: 'c', causationId: '', traceparent: '' };
const nothingLive = { uploads: new Set<string>(), fetches: new Set<string>() };

/** More than the chunks that are hashed whatever the sender's speed. */
let bytes: Buffer;
let sha256: string;
beforeAll(() => {
  bytes = randomBytes(19 * mebibyte + 5);
  sha256 = hash('sha256', bytes);
});

async function upload(storage: StorageFixture, filename = 'tool.pkg'): Promise<void> {
  await using session = await beginUpload(storage.deps, new Set(), {
    filename,
    declaredBytes: bytes.length,
    maxBytes: 1e9,
    context,
  });
  await session.receive(Readable.from([bytes]));
  await session.complete({ stage: 'Prod', replace: false });
}

const loadManifest = (storage: StorageFixture) => createLoadManifest(storage.deps)(sha256);

async function expectWholeManifest(storage: StorageFixture): Promise<void> {
  const { manifest, held, bytes: encoded } = await loadManifest(storage);
  expect(hash('sha256', encoded)).toBe(held.manifestDigest);
  const chunks = Array.from({ length: 20 }, (_, index) => bytes.subarray(index * mebibyte, (index + 1) * mebibyte));
  expect(Buffer.from(manifest.chunkSha1s)).toEqual(Buffer.concat(chunks.map((chunk) => hash('sha1', chunk, 'buffer'))));
  expect(Buffer.from(manifest.chunkSha256s)).toEqual(Buffer.concat(chunks.map((chunk) => hash('sha256', chunk, 'buffer'))));
}

describe('an upload from a sender that leaves no time for the digests of chunks', () => {
  test('is registered without a manifest, which follows in an event of its own', async () => {
    await using storage = await startStorageFixture();
    storage.stopClock();
    await upload(storage);
    expect(storage.catalog.packages.get('tool.pkg')).toMatchObject({ sha256, manifestDigest: '' });
    await eventually(async () => (await storage.eventTypes()).at(-1) === 'BlobSealed');
    await expectWholeManifest(storage);
    expect(storage.freeSlots()).toBe(8);
  });

  test('has its manifest for whoever asks at once', async () => {
    await using storage = await startStorageFixture();
    storage.stopClock();
    await upload(storage);
    await expectWholeManifest(storage);
    expect(await storage.eventTypes()).toEqual(expect.arrayContaining(['UploadAccepted', 'BlobSealed']));
  });

  test('is sealed by the sweep when the process died before', async () => {
    await using storage = await startStorageFixture();
    storage.stopClock();
    storage.crashAt('storage.before-seal');
    await upload(storage);
    await expect(storage.deps.sealing.seal(sha256)).rejects.toSatisfy(isCrash);
    await using again = await storage.restarted();
    expect(await again.deps.blobIndex.listUnsealed()).toEqual([sha256]);
    await sweep(again.deps, nothingLive);
    expect(await again.deps.blobIndex.listUnsealed()).toEqual([]);
    await expectWholeManifest(again);
  });

  test('gives the manifest to the next package of the same bytes', async () => {
    await using storage = await startStorageFixture();
    storage.stopClock();
    await upload(storage);
    const { held } = await loadManifest(storage);
    await upload(storage, 'other.pkg');
    expect(storage.catalog.packages.get('other.pkg')).toMatchObject({ sha256, manifestDigest: held.manifestDigest });
    expect((await storage.eventTypes()).filter((type) => type === 'BlobSealed')).toHaveLength(1);
  });

  test('is not sealed when its blob is gone', async () => {
    await using storage = await startStorageFixture();
    await storage.deps.sealing.seal('a'.repeat(64));
    expect(await storage.eventTypes()).toEqual([]);
  });
});
