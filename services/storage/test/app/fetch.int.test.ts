import { createHash, randomBytes } from 'node:crypto';
import { readBlocks } from '@odst/blob-store/contract';
import { isOdstError } from '@odst/kernel';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { FetchRequest } from '../../src/app/fetch/fetch-request.ts';
import { createLoadManifest } from '../../src/app/load-manifest.ts';
import type { PeerBlobs } from '../../src/app/ports.ts';
import { sweep } from '../../src/app/sweep.ts';
import { type DataPlaneFixture, startDataPlaneFixture, uploadFile } from '../data-plane/data-plane-fixture.ts';
import { fetchOn, peerBlobsAt, trustFake } from '../peer-fixture.ts';
import { isCrash, startStorageFixture } from '../storage-fixture.ts';

const mebibyte = 1_048_576;
/** Two groups of 64 chunks and a bit. */
const bytes = randomBytes(70 * mebibyte + 12_345);
const sha256 = createHash('sha256').update(bytes).digest('hex');

let source: DataPlaneFixture;
let request: FetchRequest;
beforeAll(async () => {
  source = await startDataPlaneFixture({ trust: trustFake(() => ''), maxUploadBytes: 128 * mebibyte });
  expect((await uploadFile(source.url, 'tool.pkg', bytes)).status).toBe(201);
  const { held } = await createLoadManifest(source.storage.deps)(sha256);
  request = { sha256, sizeBytes: bytes.length, manifestDigest: held.manifestDigest, sourceIss: 'source' };
});
afterAll(() => source[Symbol.asyncDispose]());

const code = (expected: string) => (error: unknown) => isOdstError(error) && error.code === expected;

/** A peer whose ranges pass through `change`; it notes what was asked for. */
function tamperedPeer(
  change: (range: Buffer, start: number) => Buffer | Error,
): PeerBlobs & { readonly asked: { start: number; end: number }[] } {
  const honest = peerBlobsAt(source.url);
  const asked: { start: number; end: number }[] = [];
  return {
    asked,
    fetchManifest: (peer, blob, signal) => honest.fetchManifest(peer, blob, signal),
    async fetchRange(range, signal) {
      asked.push({ start: range.start, end: range.end });
      using honestly = await honest.fetchRange(range, signal);
      const parts: Buffer[] = [];
      await honestly.read(async (part) => void parts.push(Buffer.from(part)));
      const changed = change(Buffer.concat(parts), range.start);
      if (changed instanceof Error) throw changed;
      return {
        async read(take) {
          for (let at = 0; at < changed.length; at += mebibyte) await take(changed.subarray(at, at + mebibyte));
        },
        [Symbol.dispose]: () => undefined,
      };
    },
  };
}

async function readBlob(storage: { deps: { blobStore: (typeof source)['storage']['deps']['blobStore'] } }): Promise<Buffer> {
  await using reader = await storage.deps.blobStore.open(sha256);
  return await readBlocks(reader);
}

describe('a fetch', () => {
  test('brings a verified copy over HTTP, and reports', async () => {
    await using receiver = await startStorageFixture();
    const reports = await fetchOn(receiver, peerBlobsAt(source.url), request);
    const { strip = [], ...last } = reports.at(-1) ?? {};
    expect(last).toEqual({ verifiedBytes: bytes.length, sizeBytes: bytes.length, complete: true });
    expect(new Set(strip)).toEqual(new Set([100]));
    expect((await readBlob(receiver)).equals(bytes)).toBe(true);
    expect(await receiver.deps.blobIndex.find(sha256)).toMatchObject({ sha256, sizeBytes: bytes.length });
    expect(await receiver.files()).toEqual({ blobs: [sha256], staging: [] });
    expect(receiver.freeSlots()).toBe(8);
    const types = await receiver.eventTypes();
    expect([types[0], types.at(-1)]).toEqual(['BlobFetchStarted', 'BlobVerified']);
    expect(types.filter((type) => type === 'ChunkVerified').length).toBeGreaterThanOrEqual(2);
    expect(await fetchOn(receiver, peerBlobsAt('http://127.0.0.1:9'), request)).toHaveLength(2);
  });

  test('reads nothing back, in whatever order its chunks are hashed', async () => {
    await using receiver = await startStorageFixture();
    const { blobStore, hashPool } = receiver.deps;
    const { openStaging } = blobStore;
    let reads = 0;
    blobStore.openStaging = async (...opening) => {
      const staging = await openStaging(...opening);
      const { read } = staging;
      staging.read = (into, position) => {
        reads += 1;
        return read(into, position);
      };
      return staging;
    };
    const { digest } = hashPool;
    let digests = 0;
    hashPool.digest = async (slot, length, algorithms) => {
      digests += 1;
      // Every third is late: others come to their end before it.
      if (digests % 3 === 0) await digest(slot, length, ['sha1', 'sha256']);
      return digest(slot, length, algorithms);
    };
    await fetchOn(receiver, peerBlobsAt(source.url), request);
    expect(reads).toBe(0);
    expect((await readBlob(receiver)).equals(bytes)).toBe(true);
    expect(receiver.freeSlots()).toBe(8);
  });

  test('goes on after a crash from what the events name, and asks for nothing of it again', async () => {
    await using receiver = await startStorageFixture();
    receiver.crashAt('storage.chunk-group');
    const first = tamperedPeer((range) => range);
    await expect(fetchOn(receiver, first, request)).rejects.toSatisfy(isCrash);
    await using again = await receiver.restarted();
    await sweep(again.deps, { uploads: new Set(), fetches: new Set() });
    const { state } = await again.deps.streams.blobs.load(`blob-${sha256}`);
    const known = state.status === 'fetching' ? state.verified : undefined;
    expect(known?.size).toBeGreaterThan(0);
    const missing = [...(known?.missing() ?? [])];
    const second = tamperedPeer((range) => range);
    await fetchOn(again, second, request);
    const asked = second.asked.flatMap(({ start, end }) =>
      Array.from({ length: Math.ceil((end - start) / mebibyte) }, (_, index) => start / mebibyte + index),
    );
    expect(asked.sort((a, b) => a - b)).toEqual(missing);
    expect((await readBlob(again)).equals(bytes)).toBe(true);
  });

  test.each(['storage.staging-written', 'storage.fsynced', 'storage.renamed', 'storage.appended.BlobVerified'])(
    'that crashed at %s is complete without another byte from the peer',
    async (point) => {
      await using receiver = await startStorageFixture();
      receiver.crashAt(point);
      await expect(fetchOn(receiver, peerBlobsAt(source.url), request)).rejects.toSatisfy(isCrash);
      await using again = await receiver.restarted();
      await sweep(again.deps, { uploads: new Set(), fetches: new Set() });
      const peer = tamperedPeer((range) => range);
      await fetchOn(again, peer, request);
      expect(peer.asked).toEqual([]);
      expect((await readBlob(again)).equals(bytes)).toBe(true);
      expect(await again.files()).toEqual({ blobs: [sha256], staging: [] });
    },
  );

  test('begins anew when the partial file was lost', async () => {
    await using receiver = await startStorageFixture();
    receiver.crashAt('storage.chunk-group');
    await expect(fetchOn(receiver, peerBlobsAt(source.url), request)).rejects.toSatisfy(isCrash);
    receiver.crashAt('');
    await receiver.deps.blobStore.discardStaging(`blob-${sha256}`);
    await fetchOn(receiver, peerBlobsAt(source.url), request);
    expect((await readBlob(receiver)).equals(bytes)).toBe(true);
    expect(await receiver.eventTypes()).toContain('BlobRemoved');
  });

  test('stops when nobody waits for it, and keeps what is verified', async () => {
    await using receiver = await startStorageFixture();
    const stop = new AbortController();
    const peer = tamperedPeer((range, start) => {
      if (start > 0) stop.abort(new Error('enough'));
      return range;
    });
    await expect(fetchOn(receiver, peer, request, stop.signal)).rejects.toThrow('enough');
    expect((await receiver.eventTypes()).at(-1)).toBe('ChunkVerified');
    expect(receiver.freeSlots()).toBe(8);
    expect((await receiver.files()).staging).toEqual([`blob-${sha256}`]);
  });
});

describe('a peer that is not honest', () => {
  const flipped = (range: Buffer) => Buffer.concat([Buffer.from([(range[0] ?? 0) ^ 1]), range.subarray(1)]);

  test('is asked again for a chunk whose bytes were wrong', async () => {
    await using receiver = await startStorageFixture();
    let wrong = 1;
    const peer = tamperedPeer((range) => (wrong-- > 0 ? flipped(range) : range));
    await fetchOn(receiver, peer, request);
    expect((await readBlob(receiver)).equals(bytes)).toBe(true);
    expect(await receiver.metricsPage()).toContain(`odst_chunk_verify_failures_total{peer="${request.sourceIss}"} 1\n`);
  });

  test('is given up when it goes on, and nothing of it is served', async () => {
    await using receiver = await startStorageFixture();
    await expect(fetchOn(receiver, tamperedPeer(flipped), request)).rejects.toSatisfy(code('STORAGE_CHUNK_CORRUPT'));
    expect(await receiver.deps.blobIndex.find(sha256)).toBeUndefined();
    expect((await receiver.files()).blobs).toEqual([]);
    await fetchOn(receiver, peerBlobsAt(source.url), request);
    expect((await readBlob(receiver)).equals(bytes)).toBe(true);
  });

  test('cannot pass off another manifest', async () => {
    await using receiver = await startStorageFixture();
    const peer = peerBlobsAt(source.url);
    const other = { ...request, manifestDigest: 'd'.repeat(64) };
    await expect(fetchOn(receiver, peer, other)).rejects.toSatisfy(code('STORAGE_MANIFEST_INVALID'));
    await expect(fetchOn(receiver, peer, { ...request, sizeBytes: 5 })).rejects.toSatisfy(code('STORAGE_MANIFEST_INVALID'));
    expect(await receiver.eventTypes()).toEqual([]);
    expect(await receiver.files()).toEqual({ blobs: [], staging: [] });
  });

  test('fails the try when it sends too little, too much, or nothing', async () => {
    await using receiver = await startStorageFixture();
    for (const change of [
      (range: Buffer) => range.subarray(0, range.length - 1),
      (range: Buffer) => Buffer.concat([range, Buffer.from('more')]),
      () => Buffer.alloc(0),
    ]) {
      await expect(fetchOn(receiver, tamperedPeer(change), request)).rejects.toSatisfy(code('STORAGE_PEER_FAILED'));
    }
    expect(receiver.freeSlots()).toBe(8);
  });

  test('that cannot be reached, or does not know the blob, fails the try', async () => {
    await using receiver = await startStorageFixture();
    await expect(fetchOn(receiver, peerBlobsAt('http://127.0.0.1:9'), request)).rejects.toSatisfy(code('STORAGE_PEER_FAILED'));
    const unknown = { ...request, sha256: 'e'.repeat(64) };
    await expect(fetchOn(receiver, peerBlobsAt(source.url), unknown)).rejects.toSatisfy(code('STORAGE_PEER_FAILED'));
  });
});

test('a fetch without room says so before the first byte, and works when there is room', async () => {
  await using receiver = await startStorageFixture();
  receiver.setAvailableBytes(mebibyte);
  const peer = tamperedPeer((range) => range);
  await expect(fetchOn(receiver, peer, request)).rejects.toSatisfy(code('STORAGE_DISK_FULL'));
  expect(peer.asked).toEqual([]);
  expect(await receiver.files()).toEqual({ blobs: [], staging: [] });
  receiver.setAvailableBytes(100 * mebibyte);
  await fetchOn(receiver, peer, request);
  expect((await readBlob(receiver)).equals(bytes)).toBe(true);
});

describe('the bytes for peers', () => {
  const blobUrl = () => `${source.url}/api/ods/v1/blobs/${sha256}`;
  const grant = async () => {
    const answer = await fetch(`${blobUrl()}/manifest`, { headers: { authorization: 'Signed receiver' } });
    return answer.headers.get('odst-grant') ?? '';
  };

  test('open with a grant only, and only for its blob', async () => {
    expect((await fetch(blobUrl())).status).toBe(401);
    expect((await fetch(blobUrl(), { headers: { authorization: 'Grant forged.forged' } })).status).toBe(401);
    const other = `${source.url}/api/ods/v1/blobs/${'a'.repeat(64)}`;
    const authorization = `Grant ${await grant()}`;
    expect((await fetch(other, { headers: { authorization } })).status).toBe(401);
    const ranged = await fetch(blobUrl(), { headers: { authorization, range: 'bytes=10-19' } });
    expect(ranged.status).toBe(206);
    expect(Buffer.from(await ranged.arrayBuffer()).equals(bytes.subarray(10, 20))).toBe(true);
  });

  test('carry the digest of a single chunk', async () => {
    const authorization = `Grant ${await grant()}`;
    const chunk = await fetch(blobUrl(), { headers: { authorization, range: `bytes=${mebibyte}-${2 * mebibyte - 1}` } });
    const digest = createHash('sha256')
      .update(bytes.subarray(mebibyte, 2 * mebibyte))
      .digest('base64');
    expect(chunk.headers.get('content-digest')).toBe(`sha-256=:${digest}:`);
    const part = await fetch(blobUrl(), { headers: { authorization, range: 'bytes=0-9' } });
    expect(part.headers.get('content-digest')).toBeNull();
  });
});
