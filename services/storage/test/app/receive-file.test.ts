import { createHash, hash } from 'node:crypto';
import { Readable } from 'node:stream';
import type { StagingFile } from '@odst/blob-store';
import { chunkSizeBytes } from '@odst/kernel';
import { describe, expect, test } from 'vitest';
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
  const file = await receiveFile({ hashPool, idleMs: () => now }, staging, source, 1e9);
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
