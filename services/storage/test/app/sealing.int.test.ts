import { hash, randomBytes } from 'node:crypto';
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { isOdstError, OdstError } from '@odst/kernel';
import { eventually } from '@odst/testing';
import { beforeAll, describe, expect, test } from 'vitest';
import { createLoadManifest } from '../../src/app/load-manifest.ts';
import { sweep } from '../../src/app/sweep.ts';
import { beginUpload } from '../../src/app/upload-session.ts';
import { isCrash, type StorageFixture, startStorageFixture } from '../storage-fixture.ts';

const mebibyte = 1_048_576;
const caller = { actor: 'account:admin', remoteAddress: '', correlationId: 'c', causationId: '', traceparent: '' };
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
    caller,
  });
  await session.receive(Readable.from([bytes]));
  await session.complete({ stage: 'Prod', replace: false, replaces: '' });
}

/** Uploads from such a sender, and dies before the manifest is there. */
async function uploadUnsealed(storage: StorageFixture): Promise<void> {
  storage.stopClock();
  storage.crashAt('storage.before-seal');
  await upload(storage);
  await expect(storage.deps.sealing.seal(sha256)).rejects.toSatisfy(isCrash);
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
    await uploadUnsealed(storage);
    await using again = await storage.restarted();
    expect(await again.deps.blobIndex.listUnsealed()).toEqual([sha256]);
    await sweep(again.deps, nothingLive);
    await eventually(async () => (await again.deps.blobIndex.listUnsealed()).length === 0);
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

  test('tells who asks for a manifest that takes long to ask again, and makes it all the same', async () => {
    await using storage = await startStorageFixture();
    storage.stopClock();
    await upload(storage);
    await eventually(async () => (await storage.deps.blobIndex.listUnsealed()).length === 0);
    const made = Promise.withResolvers<void>();
    const deps = {
      ...storage.deps,
      blobIndex: {
        ...storage.deps.blobIndex,
        find: async (name: string) => {
          const held = await storage.deps.blobIndex.find(name);
          return held && { ...held, manifestDigest: '' };
        },
      },
      sealing: { seal: () => made.promise },
    };
    const askedAt = performance.now();
    await expect(createLoadManifest(deps)(sha256)).rejects.toSatisfy((error) => isOdstError(error, 'STORAGE_MANIFEST_PENDING'));
    expect(performance.now() - askedAt).toBeLessThan(30_000);
    made.resolve();
  });

  test.each([
    [
      'other bytes',
      (all: Buffer) => Buffer.concat([all.subarray(0, -1), Buffer.from([(all.at(-1) ?? 0) ^ 1])]),
      'STORAGE_BLOB_CORRUPT',
    ],
    ['fewer bytes', (all: Buffer) => all.subarray(0, -1), 'STORAGE_BLOB_CORRUPT'],
    ['more bytes', (all: Buffer) => Buffer.concat([all, Buffer.from('x')]), 'STORAGE_BLOB_CORRUPT'],
    ['no file', () => undefined, 'STORAGE_BLOB_UNKNOWN'],
  ] as const)('is not sealed over %s, which is told, and is tried again with the time', async (_, change, code) => {
    await using storage = await startStorageFixture();
    await uploadUnsealed(storage);
    await using again = await storage.restarted();
    const path = join(again.folder, 'blobs', sha256.slice(0, 2), sha256);
    const changed = change(bytes);
    await (changed === undefined ? rm(path) : writeFile(path, changed));
    again.stopClock();
    for (const _time of [1, 2]) await expect(loadManifest(again)).rejects.toSatisfy((error) => isOdstError(error, code));
    expect(await again.deps.blobIndex.listUnsealed()).toEqual([sha256]);
    expect(again.logged('cannot be made')).toBe(1);

    await writeFile(path, bytes);
    await sweep(again.deps, nothingLive);
    expect(await again.deps.blobIndex.listUnsealed()).toEqual([sha256]);
    again.advanceClock(60_000);
    await sweep(again.deps, nothingLive);
    await eventually(async () => (await again.deps.blobIndex.listUnsealed()).length === 0);
    expect(again.logged('cannot be made')).toBe(1);
    await expectWholeManifest(again);
    expect(again.freeSlots()).toBe(8);
  });

  test('is sealed by the next sweep when only the database was away', async () => {
    await using storage = await startStorageFixture();
    await uploadUnsealed(storage);
    await using again = await storage.restarted();
    const { blobIndex } = again.deps;
    const find = blobIndex.find;
    const away = new OdstError('COMMON_DATABASE_UNAVAILABLE', 'the database could not be reached');
    blobIndex.find = () => Promise.reject(away);
    await expect(again.deps.sealing.seal(sha256)).rejects.toBe(away);
    expect([again.logged('could not be made yet'), again.logged('cannot be made')]).toEqual([1, 0]);
    blobIndex.find = find;
    await sweep(again.deps, nothingLive);
    await eventually(async () => (await blobIndex.listUnsealed()).length === 0);
    await expectWholeManifest(again);
  });

  test('gives up when the server stops, and says so', async () => {
    const storage = await startStorageFixture();
    await uploadUnsealed(storage);
    storage.advanceClock(60_000);
    const sealing = storage.deps.sealing.seal(sha256);
    sealing.catch(() => undefined);
    await using again = await storage.restarted();
    await expect(sealing).rejects.toSatisfy((error) => isOdstError(error, 'COMMON_SERVICE_UNAVAILABLE'));
    expect(await again.deps.blobIndex.listUnsealed()).toEqual([sha256]);
  });

  test('is not sealed when its blob is gone', async () => {
    await using storage = await startStorageFixture();
    await storage.deps.sealing.seal('a'.repeat(64));
    expect(await storage.eventTypes()).toEqual([]);
  });
});
