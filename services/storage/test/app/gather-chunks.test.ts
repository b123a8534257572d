import { PassThrough, Readable } from 'node:stream';
import { chunkSizeBytes, OdstError } from '@odst/kernel';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { copyBytes, gatherChunks } from '../../src/app/gather-chunks.ts';

const endedEarly = () => new OdstError('STORAGE_UPLOAD_TRUNCATED', 'ended early');

async function gather(source: Readable): Promise<Buffer[]> {
  const chunks: Buffer[] = [];
  for await (const { pieces, length } of gatherChunks(source, endedEarly)) {
    const chunk = Buffer.concat(pieces);
    expect(chunk).toHaveLength(length);
    chunks.push(chunk);
  }
  return chunks;
}

test('cuts any pieces into chunks of 1 MiB, the last one shorter, and changes no byte', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.integer({ min: 1, max: 1_500_000 }), { maxLength: 6 }), async (lengths) => {
      const pieces = lengths.map((length, index) => Buffer.alloc(length, index + 1));
      const chunks = await gather(Readable.from(pieces));
      expect(Buffer.concat(chunks).equals(Buffer.concat(pieces))).toBe(true);
      expect(chunks.slice(0, -1).every(({ length }) => length === chunkSizeBytes)).toBe(true);
    }),
    { numRuns: 30 },
  );
});

test('copies into shared memory at a place, and touches nothing beside it', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 64 }), fc.integer({ min: 0, max: 32 }), (bytes, at) => {
      const into = new Uint8Array(new SharedArrayBuffer(100), 2, 98).fill(0xee);
      expect(copyBytes(bytes, into, at)).toBe(bytes.length);
      const expected = new Uint8Array(98).fill(0xee);
      expected.set(bytes, at);
      expect(Array.from(into)).toEqual(Array.from(expected));
    }),
  );
});

test('reads no further while the consumer is busy', async () => {
  let given = 0;
  const source = new Readable({
    highWaterMark: 65_536,
    read() {
      given += 65_536;
      this.push(given > 64 * chunkSizeBytes ? null : Buffer.alloc(65_536));
    },
  });
  const chunks = gatherChunks(source, endedEarly);
  await chunks.next();
  await new Promise((resolve) => setImmediate(resolve));
  expect(given).toBeLessThan(2 * chunkSizeBytes);
  await chunks.return();
  source.destroy();
});

test('counts how long it waits for the source, and not how long the consumer takes', async () => {
  let now = 0;
  let given = 0;
  const source = new Readable({
    highWaterMark: 1,
    read() {
      setImmediate(() => {
        now += 3;
        given += 1;
        this.push(given > 8 ? null : Buffer.alloc(chunkSizeBytes / 2));
      });
    },
  });
  let waitedMs = 0;
  for await (const chunk of gatherChunks(source, endedEarly, () => now)) {
    waitedMs += chunk.waitedMs;
    now += 1_000;
  }
  expect(waitedMs).toBe(8 * 3);
});

test('fails when the stream ends early, fails, or was gone before', async () => {
  const cut = new PassThrough();
  cut.write('some');
  setImmediate(() => cut.destroy());
  await expect(gather(cut)).rejects.toThrow('ended early');
  const broken = new PassThrough();
  setImmediate(() => broken.destroy(new Error('broken')));
  await expect(gather(broken)).rejects.toThrow('broken');
  await expect(gather(new PassThrough().destroy())).rejects.toThrow('ended early');
});
