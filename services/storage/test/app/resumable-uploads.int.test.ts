import { createHash, randomBytes, randomUUID } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { PassThrough, Readable } from 'node:stream';
import { isOdstError } from '@odst/kernel';
import { afterEach, describe, expect, test } from 'vitest';
import { createResumableUploads, type ResumableStart, type ResumableUploads } from '../../src/app/resumable/resumable-uploads.ts';
import { offsetOf } from '../../src/app/resumable/upload-errors.ts';
import { sweep } from '../../src/app/sweep.ts';
import { isCrash, type StorageFixture, startStorageFixture } from '../storage-fixture.ts';

// What the routes rely on, and so the contract of whatever keeps resumable uploads.

const mebibyte = 1_048_576;
const caller = { actor: 'account:admin', remoteAddress: '', correlationId: 'c', causationId: '', traceparent: '' };
const sha256Of = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');
const nothingLive = { uploads: new Set<string>(), fetches: new Set<string>() };

/** Resumable uploads over a fixture, with what a test does to them. */
function over(storage: StorageFixture, expiryMs = 86_400_000) {
  const stopping = new AbortController();
  const uploads = createResumableUploads({ ...storage.deps, stopping: stopping.signal }, { expiryMs });
  return {
    storage,
    uploads,
    async begin(sizeBytes: number, more: Partial<ResumableStart> = {}): Promise<string> {
      const uploadId = randomUUID();
      const aim = { filename: 'tool.pkg', stage: 'Prod', replace: false, replaces: '', wantedSha256: undefined } as const;
      await uploads.create({ uploadId, owner: 'admin', sizeBytes, metadata: '', caller, ...aim, ...more });
      return uploadId;
    },
    append: (uploadId: string, offset: number, source: Uint8Array | Readable) => appendTo(uploads, uploadId, offset, source),
    async offset(uploadId: string): Promise<number | undefined> {
      const found = await uploads.find(uploadId);
      return found && offsetOf(found);
    },
    /** The same after the process was killed: its files are closed, as the system does it, and nothing else. */
    async restarted(nextExpiryMs = expiryMs) {
      await uploads[Symbol.asyncDispose]();
      return follow(over(await storage.restarted(), nextExpiryMs));
    },
    async [Symbol.asyncDispose]() {
      await uploads[Symbol.asyncDispose]();
      await storage[Symbol.asyncDispose]();
    },
  };
}

async function appendTo(uploads: ResumableUploads, uploadId: string, offset: number, source: Uint8Array | Readable) {
  using turn = await uploads.takeTurn(uploadId, () => undefined);
  const upload = await uploads.find(uploadId);
  if (upload === undefined) throw new Error('there is no such upload');
  const stream = source instanceof Readable ? source : Readable.from([source]);
  return uploads.append(upload, { source: stream, offset, digests: [], caller, turn });
}

const opened: AsyncDisposable[] = [];
function follow<One extends AsyncDisposable>(one: One): One {
  opened.push(one);
  return one;
}
const start = async () => follow(over(await startStorageFixture()));
afterEach(async () => {
  for (const one of opened.splice(0).toReversed()) await one[Symbol.asyncDispose]();
});

describe('resumable uploads', () => {
  test('stand where they stood after the process was killed, and are hashed anew', async () => {
    const one = await start();
    const bytes = randomBytes(5 * mebibyte + 3);
    const id = await one.begin(bytes.length);
    await one.append(id, 0, bytes.subarray(0, 2 * mebibyte + 1));
    const other = await one.restarted();
    await other.uploads.tidy();
    await sweep(other.storage.deps, nothingLive);
    expect(await other.offset(id)).toBe(2 * mebibyte + 1);
    expect(await other.append(id, 2 * mebibyte + 1, bytes.subarray(2 * mebibyte + 1))).toBe(bytes.length);
    expect(other.storage.catalog.packages.get('tool.pkg')?.sha256).toBe(sha256Of(bytes));
    expect(await other.storage.files()).toEqual({ blobs: [sha256Of(bytes)], staging: [] });
  });

  test('say what came of a stream that is cut, to the byte', async () => {
    const one = await start();
    const bytes = randomBytes(mebibyte);
    const id = await one.begin(bytes.length);
    const source = new PassThrough();
    const appended = one.append(id, 0, source);
    source.write(bytes.subarray(0, 123_457));
    // Read by the one before it is cut.
    await new Promise<void>((resolve) => source.write(Buffer.alloc(0), () => resolve()));
    source.destroy();
    const offset = await appended;
    expect(offset).toBeLessThanOrEqual(123_457);
    expect(await one.offset(id)).toBe(offset);
    expect(await one.append(id, offset, bytes.subarray(offset))).toBe(bytes.length);
    expect(one.storage.catalog.packages.get('tool.pkg')?.sha256).toBe(sha256Of(bytes));
  });

  test('go on after a quarter of an hour of silence, in which their room is given back', async () => {
    const one = await start();
    one.storage.stopClock();
    one.storage.setAvailableBytes(1_500_000);
    const bytes = randomBytes(1_000_000);
    const id = await one.begin(bytes.length);
    await one.append(id, 0, bytes.subarray(0, 10));
    await expect(one.begin(1_000_000)).rejects.toMatchObject({ code: 'STORAGE_DISK_FULL' });
    one.storage.advanceClock(15 * 60_000);
    await one.uploads.tidy();
    const other = await one.begin(1_000_000, { filename: 'other.pkg' });
    await expect(one.append(id, 10, bytes.subarray(10))).rejects.toMatchObject({ code: 'STORAGE_DISK_FULL' });
    const found = await one.uploads.find(other);
    if (found !== undefined) await one.uploads.end(found, Object.assign(new Error('given up')) as never, caller);
    expect(await one.append(id, 10, bytes.subarray(10))).toBe(bytes.length);
    expect(one.storage.catalog.packages.get('tool.pkg')?.sha256).toBe(sha256Of(bytes));
  });

  test('begin anew where their file is gone', async () => {
    const one = await start();
    const bytes = randomBytes(1_000);
    const id = await one.begin(bytes.length);
    await one.append(id, 0, bytes.subarray(0, 500));
    const other = await one.restarted();
    await rm(join(other.storage.folder, 'staging', `upload-${id}`));
    await expect(other.append(id, 500, bytes.subarray(500))).rejects.toMatchObject({ code: 'STORAGE_UPLOAD_OFFSET_WRONG' });
    expect(await other.offset(id)).toBe(0);
    expect(await other.append(id, 0, bytes)).toBe(bytes.length);
    expect(other.storage.catalog.packages.get('tool.pkg')?.sha256).toBe(sha256Of(bytes));
  });

  test('of a side file that was whole when the process was killed make no package', async () => {
    const one = await start();
    const id = await one.begin(5, { filename: 'side.pkg' });
    const side = Buffer.from([0, 5, 0x16, 7, 1]);
    const upload = await one.uploads.find(id);
    // Killed between the last byte and what follows.
    await one.storage.deps.blobStore.discardStaging(`upload-${id}`);
    await using staging = await one.storage.deps.blobStore.openStaging(`upload-${id}`, 5);
    await staging.write(side, 0);
    await one.storage.deps.resumableIndex.advance(id, 5, new Date(), upload?.expiresAt ?? new Date());
    const other = await one.restarted();
    await other.uploads.tidy();
    expect((await other.uploads.find(id))?.end).toMatchObject({ code: 'STORAGE_UPLOAD_SIDE_FILE' });
    expect(await other.storage.files()).toEqual({ blobs: [], staging: [] });
  });

  test('finished without their client leave a name alone that was changed since', async () => {
    const one = await start();
    const [bytes, newer] = [randomBytes(100), randomBytes(200)];
    const id = await one.begin(bytes.length, { replace: true });
    one.storage.crashAt('storage.fsynced');
    await expect(one.append(id, 0, bytes)).rejects.toSatisfy(isCrash);
    const other = await one.restarted();
    const later = await other.begin(newer.length, { replace: true });
    await other.append(later, 0, newer);
    await other.uploads.tidy();
    expect((await other.uploads.find(id))?.end).toMatchObject({ code: 'CATALOG_CONTENT_CHANGED' });
    expect(other.storage.catalog.packages.get('tool.pkg')?.sha256).toBe(sha256Of(newer));
  });

  test('finished without their client know when their last byte came, whatever the time is set to in which they end', async () => {
    const one = await start();
    const [older, bytes] = [randomBytes(100), randomBytes(200)];
    await one.append(await one.begin(older.length), 0, older);
    one.storage.passTime(1_000);
    const id = await one.begin(bytes.length, { replace: true });
    one.storage.crashAt('storage.fsynced');
    await expect(one.append(id, 0, bytes)).rejects.toSatisfy(isCrash);
    const other = await one.restarted(3 * 86_400_000);
    await other.uploads.tidy();
    expect((await other.uploads.find(id))?.end).toMatchObject({ outcome: 'replaced' });
    expect(other.storage.catalog.packages.get('tool.pkg')?.sha256).toBe(sha256Of(bytes));
  });

  test('are at most two hundred of one account', async () => {
    const one = await start();
    for (let count = 0; count < 200; count += 1) await one.begin(1);
    await expect(one.begin(1)).rejects.toMatchObject({ code: 'STORAGE_UPLOADS_UNFINISHED' });
    await one.begin(1, { owner: 'eva' });
  });
});

describe('a process that is killed at the end of an upload', () => {
  test.each([
    ['storage.staging-written', 'open'],
    ['storage.fsynced', 'open'],
    ['storage.renamed', 'open'],
    ['storage.appended.UploadCompleted', 'finished'],
    ['storage.appended.BlobVerified', 'finished'],
    ['storage.appended.UploadAccepted', 'finished'],
    ['storage.before-201', 'finished'],
  ] as const)('at %s never said the full length of what is no package, and leaves it %s', async (point, state) => {
    const one = await start();
    const bytes = randomBytes(2_000_000);
    const id = await one.begin(bytes.length);
    one.storage.crashAt(point);
    await expect(one.append(id, 0, bytes)).rejects.toSatisfy((error) => isCrash(error) || isOdstError(error));
    const other = await one.restarted();
    const before = (await other.offset(id)) ?? 0;
    if (before === bytes.length) expect(other.storage.catalog.packages.has('tool.pkg')).toBe(true);
    if (state === 'open') {
      expect(before).toBe(bytes.length - 1);
      // One whose client comes back; the others are finished without theirs.
      if (point === 'storage.fsynced') expect(await other.append(id, bytes.length - 1, bytes.subarray(-1))).toBe(bytes.length);
    }
    await other.uploads.tidy();
    await sweep(other.storage.deps, nothingLive);
    expect(await other.offset(id)).toBe(bytes.length);
    expect(other.storage.catalog.packages.get('tool.pkg')?.sha256).toBe(sha256Of(bytes));
    expect(await other.storage.files()).toEqual({ blobs: [sha256Of(bytes)], staging: [] });
    expect((await other.uploads.find(id))?.end).toMatchObject({ outcome: 'created' });
  });
});
