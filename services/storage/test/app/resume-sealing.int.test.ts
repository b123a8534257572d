import { hash, randomBytes } from 'node:crypto';
import { Readable } from 'node:stream';
import type { BlobReader } from '@odst/blob-store';
import { OdstError } from '@odst/kernel';
import { eventually } from '@odst/testing';
import { describe, expect, test } from 'vitest';
import type { HeldBlob } from '../../src/app/ports.ts';
import { createSealing } from '../../src/app/sealing.ts';
import { beginUpload } from '../../src/app/upload-session.ts';
import { ChunkDigests } from '../../src/domain/chunk-digests.ts';
import { type StorageFixture, startStorageFixture } from '../storage-fixture.ts';

const mebibyte = 1_048_576;
const caller = { actor: 'account:admin', remoteAddress: '', correlationId: 'c', causationId: '', traceparent: '' };

describe('what the sweep finds unsealed', () => {
  test('is the smallest blob first', async () => {
    await using storage = await startStorageFixture();
    const small = await unsealedBlob(storage, 17);
    const large = await unsealedBlob(storage, 19);
    const middle = await unsealedBlob(storage, 18);
    expect(await storage.deps.blobIndex.listUnsealed()).toEqual([small, middle, large]);
  });

  test('comes one after the other, and ends when the server stops', async () => {
    await using storage = await startStorageFixture();
    const waiting = sealingOf(storage, { a: 2, b: 2, c: 2 });
    waiting.sealing.resume([nameOf('a'), nameOf('b'), nameOf('c')]);
    await eventually(() => waiting.opened.length === 1);
    waiting.sealing.resume([nameOf('b')]);
    waiting.stop();
    await waiting.sealing[Symbol.asyncDispose]();
    expect(waiting.opened).toEqual([nameOf('a')]);
  });

  test('is tried again after a pause, while others go on, and at once when the bytes were written anew', async () => {
    await using storage = await startStorageFixture();
    let now = 0;
    const opened: string[] = [];
    const { blobStore } = storage.deps;
    const lost = await unsealedBlob(storage, 17);
    const whole = await unsealedBlob(storage, 18);
    const deps = {
      ...storage.deps,
      elapsedMs: () => now,
      faultPoint: async () => undefined,
      blobStore: {
        ...blobStore,
        async open(name: string): Promise<BlobReader> {
          opened.push(name);
          if (name === lost && opened.length < 4) throw new OdstError('STORAGE_BLOB_UNKNOWN', 'the file is lost');
          return blobStore.open(name);
        },
      },
    };
    await using sealing = createSealing(deps, new AbortController().signal);
    sealing.resume([lost, whole]);
    await eventually(async () => (await storage.deps.blobIndex.listUnsealed()).length === 1);
    expect(opened).toEqual([lost, whole]);

    await expect(sealing.seal(lost)).rejects.toMatchObject({ code: 'STORAGE_BLOB_UNKNOWN' });
    expect(opened).toHaveLength(2);
    now += 60_000;
    await expect(sealing.seal(lost)).rejects.toMatchObject({ code: 'STORAGE_BLOB_UNKNOWN' });
    expect(opened).toEqual([lost, whole, lost]);
    await sealing.seal(lost, new ChunkDigests());
    expect(await storage.deps.blobIndex.listUnsealed()).toEqual([]);
  });
});

/** Uploads other bytes, so many MiB of them, whose seal fails; gives their name. */
async function unsealedBlob(storage: StorageFixture, mebibytes: number): Promise<string> {
  const content = randomBytes(mebibytes * mebibyte);
  const name = hash('sha256', content);
  storage.stopClock();
  storage.crashAt('storage.before-seal');
  const start = { filename: `${mebibytes}.pkg`, declaredBytes: content.length, maxBytes: 1e9, caller };
  await using session = await beginUpload(storage.deps, new Set(), start);
  await session.receive(Readable.from([content]));
  await session.complete({ stage: 'Prod', replace: false, replaces: '' });
  await storage.deps.sealing.seal(name).catch(() => undefined);
  return name;
}

const nameOf = (letter: string) => letter.repeat(64);

/**
 * A sealing on a fixture that also has unsealed blobs of such sizes, in GiB, each named by a letter: reading them ends when
 * the sealing stops.
 */
function sealingOf(storage: StorageFixture, gibibytes: Readonly<Record<string, number>>) {
  const { blobIndex, blobStore } = storage.deps;
  const stopping = new AbortController();
  const opened: string[] = [];
  const deps = {
    ...storage.deps,
    blobIndex: {
      ...blobIndex,
      async find(name: string): Promise<HeldBlob | undefined> {
        const size = gibibytes[name.slice(0, 1)];
        if (size === undefined) return blobIndex.find(name);
        return { sha256: name, sha1: '', sizeBytes: size * 1024 * mebibyte, manifestDigest: '' };
      },
    },
    blobStore: {
      ...blobStore,
      async open(name: string): Promise<BlobReader> {
        opened.push(name);
        const { promise, reject } = Promise.withResolvers<never>();
        stopping.signal.addEventListener('abort', () => reject(stopping.signal.reason));
        return promise;
      },
    },
  };
  const sealing = createSealing(deps, stopping.signal);
  return { ...deps, sealing, opened, stop: () => stopping.abort() };
}
