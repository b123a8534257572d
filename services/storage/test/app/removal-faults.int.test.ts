import { randomBytes } from 'node:crypto';
import { rename, utimes } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { sweep } from '../../src/app/sweep.ts';
import { hour, noFetches, replaced, sha256Of, startRounds, upload } from '../removal-fixture.ts';
import { isCrash, type StorageFixture, startStorageFixture } from '../storage-fixture.ts';

describe('a crash', () => {
  test.each(['storage.appended.BlobRemoved', 'storage.unlinked'])('at %s leaves nothing after the next start', async (point) => {
    await using storage = await startStorageFixture();
    const { rounds, old, fresh } = await replaced(storage);
    storage.passTime(25 * hour);
    storage.crashAt(point);
    await expect(rounds.run()).rejects.toSatisfy(isCrash);
    await using again = await storage.restarted();
    expect(await again.deps.removedBlobs.list()).toEqual([old]);
    // No time need pass, and catalog is not asked: the removal is decided.
    again.catalog.setReachable(false);
    await startRounds(again);
    expect((await again.files()).blobs).toEqual([fresh]);
    expect(await again.deps.removedBlobs.list()).toEqual([]);
  });

  test('behind the event does not cost an upload of the same bytes its file', async () => {
    await using storage = await startStorageFixture();
    const { rounds, bytes, old } = await replaced(storage);
    storage.passTime(25 * hour);
    storage.crashAt('storage.appended.BlobRemoved');
    await expect(rounds.run()).rejects.toSatisfy(isCrash);
    await using again = await storage.restarted();
    again.crashAt('storage.appended.UploadCompleted');
    await expect(upload(again, 'again.pkg', bytes)).rejects.toSatisfy(isCrash);
    await using third = await again.restarted();
    await startRounds(third);
    expect((await third.files()).blobs).toContain(old);
    await sweep(third.deps, { uploads: new Set(), fetches: noFetches });
    await startRounds(third);
    expect((await third.files()).blobs).toContain(old);
    expect(third.catalog.packages.get('again.pkg')?.sha256).toBe(old);
    expect(await third.deps.removedBlobs.list()).toEqual([]);
  });

  test('between the refusal of an upload and the removal of its bytes costs a day, and no more', async () => {
    await using storage = await startStorageFixture();
    await upload(storage, 'tool.pkg', randomBytes(10));
    storage.crashAt('storage.appended.UploadDiscarded');
    const refused = randomBytes(3_000);
    await expect(upload(storage, 'tool.pkg', refused)).rejects.toSatisfy(isCrash);
    await using again = await storage.restarted();
    await sweep(again.deps, { uploads: new Set(), fetches: noFetches });
    expect((await again.files()).blobs).toContain(sha256Of(refused));
    const rounds = await startRounds(again);
    await rounds.run();
    again.passTime(24 * hour);
    await rounds.run();
    expect((await again.files()).blobs).toEqual([...again.catalog.packages.values()].map(({ sha256 }) => sha256));
  });
});

test('a file that the disk does not give up is logged, and tried again each round', async () => {
  await using storage = await startStorageFixture();
  const { rounds, old, fresh } = await replaced(storage);
  storage.passTime(25 * hour);
  const { blobStore } = storage.deps;
  const { remove } = blobStore;
  blobStore.remove = async () => {
    throw Object.assign(new Error('EIO: i/o error, unlink'), { code: 'EIO' });
  };
  await rounds.run();
  await rounds.run();
  expect(storage.logged('cannot be deleted; it is tried again')).toBe(2);
  expect(await storage.deps.blobIndex.find(old)).toBeUndefined();
  blobStore.remove = remove;
  await rounds.run();
  expect((await storage.files()).blobs).toEqual([fresh]);
});

describe('a restored database', () => {
  const pathOf = (storage: StorageFixture, sha256: string) => join(storage.folder, 'blobs', sha256.slice(0, 2), sha256);

  test('does not remove a file that came after what it knows', async () => {
    await using storage = await startStorageFixture();
    const { rounds, old } = await replaced(storage);
    storage.passTime(25 * hour);
    // The same bytes were uploaded again, and the database does not know any more.
    await utimes(pathOf(storage, old), storage.deps.clock.now(), storage.deps.clock.now());
    await rounds.run();
    expect((await storage.files()).blobs).toContain(old);
    expect((await storage.eventTypes()).slice(-1)).toEqual(['BlobClaimed']);
  });

  test('does not finish a removal whose file came anew', async () => {
    await using storage = await startStorageFixture();
    const { rounds, old, fresh } = await replaced(storage);
    storage.passTime(25 * hour);
    storage.crashAt('storage.appended.BlobRemoved');
    await expect(rounds.run()).rejects.toSatisfy(isCrash);
    await using again = await storage.restarted();
    const later = new Date(storage.deps.clock.now().getTime() + hour);
    await utimes(pathOf(again, old), later, later);
    await startRounds(again);
    expect((await again.files()).blobs.sort()).toEqual([old, fresh].sort());
    expect(again.logged('was the database restored?')).toBe(1);
  });

  test('has files that it does not know counted and named, and never removed', async () => {
    await using storage = await startStorageFixture();
    await upload(storage, 'tool.pkg', randomBytes(10));
    const unknown = 'c'.repeat(64);
    {
      const staging = await storage.deps.blobStore.openStaging('upload-1', 7);
      await staging.write(randomBytes(7), 0);
      await storage.deps.blobStore.publish(staging, unknown);
    }
    const rounds = await startRounds(storage);
    await rounds.run();
    // It may belong to what is under way.
    expect(rounds.unknownBytes()).toBe(0);
    storage.passTime(25 * hour);
    await rounds.run();
    await rounds.run();
    expect(rounds.unknownBytes()).toBe(7);
    expect(storage.logged(unknown)).toBe(1);
    expect((await storage.files()).blobs).toContain(unknown);
    await rename(pathOf(storage, unknown), join(storage.folder, 'away'));
    await rounds.run();
    expect(rounds.unknownBytes()).toBe(0);
  });
});
