import { createHash, randomBytes, randomFillSync } from 'node:crypto';
import { isOdstError } from '@odst/kernel';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type BlobReader, type BlobStore, type ByteRange, heldBlocks } from '../blob-store.ts';
import { pageAlignedMemory } from '../page-aligned-memory.ts';

/** A store that the suite may fill, and how much room it has. */
export type BlobStoreUnderTest = AsyncDisposable & {
  readonly store: BlobStore;
  /** Makes the store believe that so many bytes are free above the reserve. */
  setAvailableBytes(bytes: number): void;
  /** Names of all blobs. */
  listBlobs(): Promise<readonly string[]>;
};

const writtenBytes = 3_000_005;

const sha256Of = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');

/** All bytes of a range, by default of the whole blob. */
export async function readBlocks(reader: BlobReader, range: ByteRange = { start: 0, end: reader.sizeBytes }): Promise<Buffer> {
  const copies: Buffer[] = [];
  for await (const block of reader.blocks(range)) copies.push(Buffer.from(block));
  return Buffer.concat(copies);
}

/** Every promise of the {@link BlobStore} port. Fails also when a test leaves a blob or staging file behind. */
export function describeBlobStore(name: string, open: () => Promise<BlobStoreUnderTest>): void {
  describe(name, () => {
    let subject: BlobStoreUnderTest;
    let store: BlobStore;
    beforeEach(async () => {
      subject = await open();
      store = subject.store;
    });
    afterEach(async () => {
      const left = { blobs: await subject.listBlobs(), staging: (await store.listStaging()).map(({ id }) => id) };
      await subject[Symbol.asyncDispose]();
      expect(left, 'left behind').toEqual({ blobs: [], staging: [] });
    });

    const publish = async (bytes: Uint8Array): Promise<string> => {
      const sha256 = sha256Of(bytes);
      const staging = await store.openStaging('upload-1', bytes.length);
      await staging.write(bytes, 0);
      await store.publish(staging, sha256);
      return sha256;
    };
    const readAll = async (sha256: string, range?: ByteRange): Promise<Buffer> => {
      await using reader = await store.open(sha256);
      return await readBlocks(reader, range);
    };

    test('gives back what was published, whole and by range', async () => {
      const bytes = randomBytes(3_000_000);
      const sha256 = await publish(bytes);
      expect((await readAll(sha256)).equals(bytes)).toBe(true);
      expect((await readAll(sha256, { start: 1_500_000, end: 2_600_001 })).equals(bytes.subarray(1_500_000, 2_600_001))).toBe(
        true,
      );
      expect(await readAll(sha256, { start: 5, end: 5 })).toHaveLength(0);
      expect(await store.find(sha256)).toMatchObject({ sha256, sizeBytes: bytes.length });
      expect(await store.listStaging()).toEqual([]);
      expect(await store.remove(sha256)).toBe(true);
    });

    test('keeps the last blocks as they are', async () => {
      const bytes = randomBytes(9_000_000);
      const sha256 = await publish(bytes);
      {
        await using reader = await store.open(sha256);
        const held: { readonly start: number; readonly block: Uint8Array }[] = [];
        let start = 0;
        for await (const block of reader.blocks({ start: 0, end: bytes.length })) {
          held.push({ start, block });
          start += block.length;
          if (held.length > heldBlocks) held.shift();
          for (const { start: from, block: still } of held) {
            expect(Buffer.compare(still, bytes.subarray(from, from + still.length))).toBe(0);
          }
        }
        expect(start).toBe(bytes.length);
      }
      await store.remove(sha256);
    });

    test('reads a blob at a position, with less at the end', async () => {
      const bytes = randomBytes(1000);
      const sha256 = await publish(bytes);
      {
        await using reader = await store.open(sha256);
        const into = new Uint8Array(300);
        expect(await reader.read(into, 100)).toBe(300);
        expect(Buffer.from(into).equals(bytes.subarray(100, 400))).toBe(true);
        expect(await reader.read(into, 900)).toBe(100);
        expect(await reader.read(into, 1000)).toBe(0);
      }
      await store.remove(sha256);
    });

    test('writes at positions in any order and at once', async () => {
      const bytes = randomBytes(4 * 65_536);
      const staging = await store.openStaging('upload-2', bytes.length);
      await Promise.all(
        [3, 1, 0, 2].map((part) => staging.write(bytes.subarray(part * 65_536, (part + 1) * 65_536), part * 65_536)),
      );
      const back = new Uint8Array(65_536);
      expect(await staging.read(back, 65_536)).toBe(65_536);
      expect(Buffer.from(back).equals(bytes.subarray(65_536, 2 * 65_536))).toBe(true);
      await store.publish(staging, sha256Of(bytes));
      expect((await readAll(sha256Of(bytes))).equals(bytes)).toBe(true);
      await store.remove(sha256Of(bytes));
    });

    test.each([
      ['as they come', () => Buffer.alloc(writtenBytes)],
      ['in memory that begins at a page', () => Buffer.from(pageAlignedMemory(writtenBytes), 0, writtenBytes)],
    ])('keeps bytes that are to bypass the cache, %s', async (_, memory) => {
      const bytes = memory();
      randomFillSync(bytes);
      const staging = await store.openStaging('blob-direct', bytes.length, { bypassCache: true });
      // The last part fills no block of a disk, the one before it begins at none.
      const parts = [0, 1_048_576, 2_097_152, 2_100_000, writtenBytes];
      await Promise.all(
        [2, 0, 3, 1].map((part) => staging.write(bytes.subarray(parts[part], parts[part + 1]), parts[part] ?? 0)),
      );
      const back = new Uint8Array(bytes.length);
      expect(await staging.read(back, 0)).toBe(bytes.length);
      expect(Buffer.compare(back, bytes)).toBe(0);
      await staging.sync();
      await store.publish(staging, sha256Of(bytes));
      expect((await readAll(sha256Of(bytes))).equals(bytes)).toBe(true);
      await store.remove(sha256Of(bytes));
    });

    test('goes on with a staging file that was closed', async () => {
      const bytes = randomBytes(2000);
      {
        await using staging = await store.openStaging('blob-partial', 2000);
        await staging.write(bytes.subarray(0, 1200), 0);
        await staging.sync();
      }
      expect(await store.listStaging()).toMatchObject([{ id: 'blob-partial', sizeBytes: 1200 }]);
      const staging = await store.openStaging('blob-partial', 2000);
      expect(staging.openedSizeBytes).toBe(1200);
      await staging.write(bytes.subarray(1200), 1200);
      await store.publish(staging, sha256Of(bytes));
      expect((await readAll(sha256Of(bytes))).equals(bytes)).toBe(true);
      await store.remove(sha256Of(bytes));
    });

    test('keeps one copy of a content that is published twice', async () => {
      const bytes = randomBytes(500);
      await publish(bytes);
      const sha256 = await publish(bytes);
      expect(await subject.listBlobs()).toEqual([sha256]);
      expect((await readAll(sha256)).equals(bytes)).toBe(true);
      await store.remove(sha256);
    });

    test('goes on serving a reader when the blob is removed under it', async () => {
      const bytes = randomBytes(1_000);
      const sha256 = await publish(bytes);
      await using reader = await store.open(sha256);
      await store.remove(sha256);
      expect((await readBlocks(reader)).equals(bytes)).toBe(true);
    });

    test('does not know a content that was never published, or was removed', async () => {
      const unknown = sha256Of(Buffer.from('nothing'));
      await expect(store.open(unknown)).rejects.toSatisfy((error) => isOdstError(error, 'STORAGE_BLOB_UNKNOWN'));
      expect(await store.find(unknown)).toBeUndefined();
      expect(await store.remove(unknown)).toBe(false);
    });

    test('lists its blobs with their size and the time of their last write, and no staging files', async () => {
      expect(await Array.fromAsync(store.list())).toEqual([]);
      const before = Date.now();
      const sha256s = [await publish(randomBytes(10)), await publish(randomBytes(20))];
      await using _staging = await store.openStaging('upload-9', 5);
      const listed = (await Array.fromAsync(store.list())).flat();
      expect(listed.map(({ sha256, sizeBytes }) => [sha256, sizeBytes]).sort()).toEqual(
        sha256s.map((sha256, index) => [sha256, 10 * (index + 1)]).sort(),
      );
      // File systems cut times off, to two seconds at most.
      for (const { modifiedAt } of listed) expect(Math.abs(modifiedAt.getTime() - before)).toBeLessThan(60_000);
      for (const sha256 of sha256s) await store.remove(sha256);
      await store.discardStaging('upload-9');
    });

    test('refuses names that are no names', async () => {
      await expect(store.openStaging('../etc', 1)).rejects.toThrow(TypeError);
      await expect(store.open('../../etc/passwd')).rejects.toThrow(TypeError);
    });

    test('discards staging files, also one that is not there', async () => {
      {
        await using staging = await store.openStaging('upload-3', undefined);
        await staging.write(randomBytes(10), 0);
      }
      await store.discardStaging('upload-3');
      await store.discardStaging('upload-3');
      expect(await store.listStaging()).toEqual([]);
    });

    test('refuses a file that does not fit before its first byte and leaves nothing', async () => {
      subject.setAvailableBytes(1_000);
      await expect(store.openStaging('upload-4', 1_001)).rejects.toSatisfy((error) => isOdstError(error, 'STORAGE_DISK_FULL'));
      expect(await store.listStaging()).toEqual([]);
      subject.setAvailableBytes(1_001);
      await using _fits = await store.openStaging('upload-4', 1_001);
      await store.discardStaging('upload-4');
    });

    test('counts the bytes that other files still have to come', async () => {
      subject.setAvailableBytes(1_000);
      {
        await using _first = await store.openStaging('upload-5', 600);
        await expect(store.openStaging('upload-6', 401)).rejects.toSatisfy((error) => isOdstError(error, 'STORAGE_DISK_FULL'));
        await using _second = await store.openStaging('upload-6', 400);
      }
      await using _all = await store.openStaging('upload-7', 1_000);
      for (const id of ['upload-5', 'upload-6', 'upload-7']) await store.discardStaging(id);
    });

    test('lets a file of unknown size grow up to the reserve, and no further', async () => {
      subject.setAvailableBytes(1_000);
      {
        await using staging = await store.openStaging('upload-8', undefined);
        await staging.write(randomBytes(1_000), 0);
        subject.setAvailableBytes(0);
        await expect(staging.write(randomBytes(1), 1_000)).rejects.toSatisfy((error) => isOdstError(error, 'STORAGE_DISK_FULL'));
      }
      await store.discardStaging('upload-8');
    });
  });
}
