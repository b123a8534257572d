import { createHash, hash, randomBytes } from 'node:crypto';
import { Readable } from 'node:stream';
import type { StagingFile } from '@odst/blob-store';
import { chunkSizeBytes } from '@odst/kernel';
import { describe, expect, test } from 'vitest';
import { createFastPlaces } from '../../src/app/fast-places.ts';
import { smallBlockBytes } from '../../src/app/gather-blocks.ts';
import type { Algorithm, DigestsOf, HashPool } from '../../src/app/hashing.ts';
import { receiveFile } from '../../src/app/receive-file.ts';

/** A pool without threads. */
const hashPool: HashPool = {
  takeSlot: async () => ({ bytes: new Uint8Array(chunkSizeBytes), release: () => undefined }),
  async digest<const Algorithms extends readonly Algorithm[]>(
    { bytes }: { readonly bytes: Uint8Array },
    length: number,
    algorithms: Algorithms,
  ) {
    return algorithms.map((algorithm) =>
      hash(algorithm, bytes.subarray(0, length), 'buffer'),
    ) as unknown as DigestsOf<Algorithms>;
  },
  openLane<const Algorithms extends readonly Algorithm[]>(algorithms: Algorithms) {
    const lanes = algorithms.map((algorithm) => createHash(algorithm));
    return {
      async update({ bytes }: { readonly bytes: Uint8Array }, length: number) {
        for (const lane of lanes) lane.update(bytes.subarray(0, length));
      },
      finish: async () => lanes.map((lane) => lane.digest()) as unknown as DigestsOf<Algorithms>,
      [Symbol.dispose]: () => undefined,
    };
  },
};

const chunks = 40;

/** Receives 40 MiB; gives how many chunks were hashed in the pass. Idle time passes only where it is said to. */
async function hashedInPass({ sourceMs, writeMs }: { readonly sourceMs: number; readonly writeMs: number }): Promise<number> {
  let now = 0;
  let given = 0;
  const source = new Readable({
    highWaterMark: 1,
    read() {
      setImmediate(() => {
        now += sourceMs;
        given += 1;
        this.push(given > chunks ? null : Buffer.alloc(chunkSizeBytes, given));
      });
    },
  });
  const staging: StagingFile = {
    id: 'upload-a',
    openedSizeBytes: 0,
    async write() {
      now += writeMs;
    },
    read: async () => 0,
    sync: async () => undefined,
    [Symbol.asyncDispose]: async () => undefined,
  };
  const deps = { hashPool, fastPlaces: createFastPlaces(1, () => now), elapsedMs: () => now, idleMs: () => now };
  const file = await receiveFile(deps, staging, source, 1e9);
  expect(file.sizeBytes).toBe(chunks * chunkSizeBytes);
  return file.chunkDigests.size;
}

describe('the chunks of an upload are hashed as they come', () => {
  test('all of them where the server waits idle for the sender, as at 1 Gbit/s', async () => {
    expect(await hashedInPass({ sourceMs: 6.5, writeMs: 0 })).toBe(chunks);
  });

  test('only the first ones where it is faster', async () => {
    expect(await hashedInPass({ sourceMs: 2, writeMs: 0 })).toBe(16);
  });

  test('only the first ones where the sender waits for the server, however idle that is', async () => {
    expect(await hashedInPass({ sourceMs: 0, writeMs: 50 })).toBe(16);
  });
});

test('the digests are those of the bytes, also where chunks come in parts', async () => {
  const bytes = randomBytes(2 * chunkSizeBytes + smallBlockBytes);
  for (const places of [0, 1]) {
    const written = Buffer.alloc(bytes.length);
    const staging = {
      write: async (block: Uint8Array, position: number) => void written.set(block, position),
      sync: async () => undefined,
    } as unknown as StagingFile;
    const deps = { hashPool, fastPlaces: createFastPlaces(places, () => 0), elapsedMs: () => 0, idleMs: () => 0 };
    const source = Readable.from([bytes.subarray(0, 1_234_567), bytes.subarray(1_234_567)], { objectMode: false });
    const file = await receiveFile(deps, staging, source, 1e9);
    expect(written.equals(bytes)).toBe(true);
    expect([file.sha1, file.sha256]).toEqual([hash('sha1', bytes), hash('sha256', bytes)]);
    expect(file.chunkDigests.size).toBe(3);
    const chunks = [0, 1, 2].map((index) => bytes.subarray(index * chunkSizeBytes, (index + 1) * chunkSizeBytes));
    const { chunkSha1s, chunkSha256s } = file.chunkDigests.lists(3);
    expect(Buffer.from(chunkSha1s).toString('hex')).toBe(chunks.map((chunk) => hash('sha1', chunk)).join(''));
    expect(Buffer.from(chunkSha256s).toString('hex')).toBe(chunks.map((chunk) => hash('sha256', chunk)).join(''));
  }
});
