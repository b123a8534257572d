import { randomBytes } from 'node:crypto';
import { readBlocks } from '@odst/blob-store/contract';
import { describe, expect, test } from 'vitest';
import { createFetches } from '../../src/app/fetch/fetches.ts';
import { createHoldBlobs } from '../../src/app/hold-blobs.ts';
import { createLoadManifest } from '../../src/app/load-manifest.ts';
import { dropRefused, reviewBlob } from '../../src/app/remove-blob.ts';
import { sweep } from '../../src/app/sweep.ts';
import { caller, hour, noFetches, replaced, sha256Of, startRounds, upload } from '../removal-fixture.ts';
import { type StorageFixture, startStorageFixture } from '../storage-fixture.ts';

const manifestsOf = async ({ deps }: StorageFixture, sha256: string) => {
  const held = await deps.blobIndex.find(sha256);
  return held && (await deps.manifests.load(held.manifestDigest));
};

describe('a content that nothing names', () => {
  test('leaves the disk after a day, with all that was known of it', async () => {
    await using storage = await startStorageFixture();
    const { rounds, old, fresh } = await replaced(storage);
    const digest = (await storage.deps.blobIndex.find(old))?.manifestDigest ?? '';
    expect(await storage.metricsPage()).not.toContain('odst_blob_removed_bytes_total 2000000');
    storage.passTime(23 * hour);
    await rounds.run();
    expect((await storage.files()).blobs.sort()).toEqual([old, fresh].sort());
    expect(await storage.deps.blobIndex.unreferencedBytes()).toBe(2_000_000);
    const held = await storage.deps.blobIndex.heldBytes();

    storage.passTime(hour);
    await rounds.run();
    expect((await storage.files()).blobs).toEqual([fresh]);
    expect((await storage.eventTypes()).slice(-2)).toEqual(['BlobUnreferenced', 'BlobRemoved']);
    expect(await storage.deps.manifests.load(digest)).toBeUndefined();
    expect(await storage.deps.removedBlobs.list()).toEqual([]);
    expect(await storage.deps.blobIndex.unreferencedBytes()).toBe(0);
    expect(await storage.deps.blobIndex.heldBytes()).toBe(held - 2_000_000);
    expect(await storage.metricsPage()).toContain('odst_blob_removed_bytes_total 2000000');
    expect(storage.logged('removed a blob that nothing names')).toBe(1);
    expect(storage.logged(`"blob":"${old}","sizeBytes":2000000,"unreferencedSince"`)).toBe(1);
    await expect(createLoadManifest(storage.deps)(old)).rejects.toMatchObject({ code: 'STORAGE_BLOB_UNKNOWN' });
    // What is named costs no events, however often it is looked at.
    await rounds.run();
    expect((await storage.eventTypes()).at(-1)).toBe('BlobRemoved');
  });

  test('is kept while catalog cannot say so, and the rounds go on when it can', async () => {
    await using storage = await startStorageFixture();
    const { rounds, old, fresh } = await replaced(storage);
    storage.passTime(25 * hour);
    storage.catalog.setReachable(false);
    for (let round = 0; round < 3; round += 1) await expect(rounds.run()).rejects.toThrow('catalog cannot be reached');
    expect((await storage.files()).blobs.sort()).toEqual([old, fresh].sort());
    storage.catalog.setReachable(true);
    await rounds.run();
    await rounds.run();
    expect((await storage.files()).blobs).toEqual([fresh]);
  });

  test('stays when something names it again, and the day begins anew', async () => {
    await using storage = await startStorageFixture();
    const { rounds, bytes, old } = await replaced(storage);
    storage.passTime(25 * hour);
    storage.catalog.announce('again.pkg', { sha256: old, sizeBytes: bytes.length });
    await rounds.run();
    expect((await storage.eventTypes()).at(-1)).toBe('BlobClaimed');
    storage.catalog.forget('again.pkg');
    await rounds.run();
    storage.passTime(23 * hour);
    await rounds.run();
    expect((await storage.files()).blobs).toContain(old);
    storage.passTime(hour);
    await rounds.run();
    expect((await storage.files()).blobs).not.toContain(old);
  });

  test('stays after an answer that it is held, for another day', async () => {
    await using storage = await startStorageFixture();
    const { rounds, old } = await replaced(storage);
    const hold = createHoldBlobs(storage.deps);
    storage.passTime(25 * hour);
    expect(await hold([old, 'f'.repeat(64)], caller)).toMatchObject([{ sha256: old, sizeBytes: 2_000_000 }]);
    await rounds.run();
    expect((await storage.files()).blobs).toContain(old);
    expect((await storage.eventTypes()).slice(-2)).toEqual(['BlobClaimed', 'BlobUnreferenced']);
    storage.passTime(25 * hour);
    await rounds.run();
    expect(await hold([old], caller)).toEqual([]);
  });
});

describe('in the very moment of the removal', () => {
  test('an answer that the blob is held wins, or says that it is not', async () => {
    await using storage = await startStorageFixture();
    const { rounds, old } = await replaced(storage);
    const hold = createHoldBlobs(storage.deps);
    storage.passTime(25 * hour);
    // Catalog has looked and its answer is on the way: the removal is as good as decided.
    let held = 0;
    const answer = async () => {
      held = (await hold([old], caller)).length;
    };
    await reviewBlob(
      { ...storage.deps, catalog: { ...storage.deps.catalog, namesContent: onSecond(answer) } },
      { sha256: old, status: 'verified', unreferencedSince: new Date(0) },
      storage.deps.clock.now(),
      () => false,
    );
    expect(held).toBe(1);
    expect((await storage.files()).blobs).toContain(old);
    expect((await storage.eventTypes()).slice(-2)).toEqual(['BlobClaimed', 'BlobUnreferenced']);
    storage.passTime(25 * hour);
    await rounds.run();
    expect(await hold([old], caller)).toEqual([]);
    expect((await storage.files()).blobs).not.toContain(old);
  });

  test('an upload of the same bytes is answered 201, and its bytes are there', async () => {
    await using storage = await startStorageFixture();
    const { rounds, bytes, old } = await replaced(storage);
    storage.passTime(25 * hour);
    const uploads: Promise<void>[] = [];
    storage.catalog.whenAsked(async () => {
      uploads.push(upload(storage, 'again.pkg', bytes));
    });
    await rounds.run();
    await Promise.all(uploads);
    await rounds.run();
    storage.passTime(25 * hour);
    await rounds.run();
    expect(storage.catalog.packages.get('again.pkg')?.sha256).toBe(old);
    expect((await storage.files()).blobs).toContain(old);
    expect(await storage.deps.blobIndex.find(old)).toMatchObject({ sizeBytes: bytes.length });
    expect(await manifestsOf(storage, old)).toBeDefined();
    expect(await storage.deps.removedBlobs.list()).toEqual([]);
  });

  test('a peer that asks for the blob hears that it is unknown, and a download under way gets all of its bytes', async () => {
    await using storage = await startStorageFixture();
    const { rounds, bytes, old } = await replaced(storage);
    const { blobIndex, blobStore } = storage.deps;
    const found = await blobIndex.find(old);
    await using reader = await blobStore.open(old);
    storage.passTime(25 * hour);
    await rounds.run();
    // It was found a moment before the removal, and its manifest is looked for a moment after it.
    let isFirst = true;
    const find = async (sha256: string) => {
      const answer = isFirst ? found : await blobIndex.find(sha256);
      isFirst = false;
      return answer;
    };
    const loadManifest = createLoadManifest({ ...storage.deps, blobIndex: { ...blobIndex, find } });
    await expect(loadManifest(old)).rejects.toMatchObject({ code: 'STORAGE_BLOB_UNKNOWN' });
    await expect(blobStore.open(old)).rejects.toMatchObject({ code: 'STORAGE_BLOB_UNKNOWN' });
    expect((await readBlocks(reader)).equals(bytes)).toBe(true);
  });

  test('uploads, answers and rounds in any order lose nothing that is named', async () => {
    await using storage = await startStorageFixture();
    const { rounds, bytes, old } = await replaced(storage);
    const hold = createHoldBlobs(storage.deps);
    for (let turn = 0; turn < 12; turn += 1) {
      storage.passTime(25 * hour);
      const name = `turn-${turn}.pkg`;
      const [, held] = await Promise.all([
        rounds.run(),
        hold([old], caller),
        turn % 3 === 0 ? upload(storage, name, bytes) : undefined,
        turn % 3 === 1 ? rounds.run() : undefined,
      ]);
      const isNamed = storage.catalog.packages.has(name);
      if (isNamed || held.length > 0) expect((await storage.files()).blobs).toContain(old);
      if (isNamed) expect(await storage.deps.blobIndex.find(old)).toBeDefined();
      storage.catalog.forget(name);
      await rounds.run();
    }
  });
});

/** Asks nothing; the second time it does something before it answers that nothing names the content. */
function onSecond(action: () => Promise<void>): () => Promise<boolean> {
  let asked = 0;
  return async () => {
    asked += 1;
    if (asked === 2) await action();
    return false;
  };
}

describe('the bytes of a refused upload', () => {
  test('go at once where the upload alone brought them', async () => {
    await using storage = await startStorageFixture();
    await upload(storage, 'tool.pkg', randomBytes(10));
    await expect(upload(storage, 'tool.pkg', randomBytes(11))).rejects.toMatchObject({ code: 'CATALOG_FILENAME_TAKEN' });
    expect((await storage.files()).blobs).toHaveLength(1);
    expect(storage.logged('removed the bytes of a refused upload')).toBe(1);
  });

  test('stay where somebody was told meanwhile that they are held', async () => {
    await using storage = await startStorageFixture();
    await upload(storage, 'tool.pkg', randomBytes(10));
    const bytes = randomBytes(11);
    let held = 0;
    // Between the question whether anything names them and the removal.
    storage.catalog.whenAsked(async () => {
      held = (await createHoldBlobs(storage.deps)([sha256Of(bytes)], caller)).length;
    });
    await expect(upload(storage, 'tool.pkg', bytes)).rejects.toMatchObject({ code: 'CATALOG_FILENAME_TAKEN' });
    expect(held).toBe(1);
    expect((await storage.files()).blobs).toContain(sha256Of(bytes));
    expect((await storage.eventTypes()).slice(-2)).toEqual(['BlobClaimed', 'BlobUnreferenced']);
  });

  test('stay where they came before, in a package', async () => {
    await using storage = await startStorageFixture();
    const bytes = randomBytes(11);
    await upload(storage, 'tool.pkg', randomBytes(10));
    await upload(storage, 'first.pkg', bytes);
    await expect(upload(storage, 'tool.pkg', bytes)).rejects.toMatchObject({ code: 'CATALOG_FILENAME_TAKEN' });
    expect((await storage.files()).blobs).toContain(sha256Of(bytes));
  });

  test('stay for now where catalog is gone when it has refused, and the refusal is what the client hears', async () => {
    await using storage = await startStorageFixture();
    await upload(storage, 'tool.pkg', randomBytes(10));
    const bytes = randomBytes(11);
    storage.catalog.whenAsked(async () => {
      throw new Error('catalog stopped');
    });
    await expect(upload(storage, 'tool.pkg', bytes)).rejects.toMatchObject({ code: 'CATALOG_FILENAME_TAKEN' });
    expect((await storage.files()).blobs).toContain(sha256Of(bytes));
    const rounds = await startRounds(storage);
    await rounds.run();
    storage.passTime(25 * hour);
    await rounds.run();
    expect((await storage.files()).blobs).toHaveLength(1);
  });
});

describe('a fetch', () => {
  const sha256 = 'a'.repeat(64);
  const manifestDigest = 'b'.repeat(64);
  const startFetch = (storage: StorageFixture) =>
    storage.deps.streams.blobs.run({
      stream: `blob-${sha256}`,
      command: () => ({ type: 'StartFetch', blob: sha256, sizeBytes: 3_000_000, manifestDigest, source: 'peer' }),
      metadata: { ...caller, commandId: storage.deps.newId() },
      alongside: (transaction, state) => storage.deps.blobIndex.save(transaction, sha256, state),
    });
  const partOf = async (storage: StorageFixture) => {
    await startFetch(storage);
    await using staging = await storage.deps.blobStore.openStaging(`blob-${sha256}`, 3_000_000);
    await staging.write(randomBytes(1_048_576), 0);
  };

  test('that nobody wants any more leaves the disk, and the room it took', async () => {
    await using storage = await startStorageFixture();
    await partOf(storage);
    const rounds = await startRounds(storage);
    await rounds.run();
    storage.passTime(25 * hour);
    await sweep(storage.deps, { uploads: new Set(), fetches: noFetches });
    expect((await storage.files()).staging).toHaveLength(1);
    await rounds.run();
    expect(await storage.files()).toEqual({ blobs: [], staging: [] });
  });

  test('that runs is left alone, and one that goes on is a use', async () => {
    await using storage = await startStorageFixture();
    await partOf(storage);
    const fetches = new Set<string>();
    const rounds = await startRounds(storage, fetches);
    await rounds.run();
    storage.passTime(25 * hour);
    fetches.add(sha256);
    await rounds.run();
    expect((await storage.files()).staging).toHaveLength(1);
    fetches.clear();
    await rounds.run();
    await startFetch(storage);
    storage.passTime(25 * hour);
    await rounds.run();
    expect((await storage.files()).staging).toHaveLength(1);
  });

  test('that finds its content here claims it', async () => {
    await using storage = await startStorageFixture();
    const { rounds, bytes, old } = await replaced(storage);
    storage.passTime(25 * hour);
    const nobody = {
      fetchManifest: () => Promise.reject(new Error('no peer is asked')),
      fetchRange: () => Promise.reject(new Error('no peer is asked')),
    };
    const request = { sha256: old, sizeBytes: bytes.length, manifestDigest, sourceIss: 'peer' };
    const reports = createFetches({ ...storage.deps, peerBlobs: nobody }).fetch(request, new AbortController().signal);
    expect((await Array.fromAsync(reports)).at(-1)).toMatchObject({ complete: true });
    expect((await storage.eventTypes()).at(-1)).toBe('BlobClaimed');
    await rounds.run();
    expect((await storage.files()).blobs).toContain(old);
  });
});

test('dropping what is not here does nothing', async () => {
  await using storage = await startStorageFixture();
  await dropRefused(storage.deps, 'd'.repeat(64), caller);
  expect(await storage.eventTypes()).toEqual([]);
});
