import { PassThrough, Readable } from 'node:stream';
import { chunkSizeBytes, OdstError } from '@odst/kernel';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createFastPlaces, type FastPlaces } from '../../src/app/fast-places.ts';
import { copyBytes, type GatheredBlock, gatherBlocks, smallBlockBytes } from '../../src/app/gather-blocks.ts';

const endedEarly = () => new OdstError('STORAGE_UPLOAD_TRUNCATED', 'ended early');

/** A clock that tests move, and places on it. */
function createTime(count: number) {
  let now = 0;
  const elapsedMs = () => now;
  const options = (places: FastPlaces) => ({ endedEarly, places, elapsedMs, idleMs: elapsedMs });
  const places = createFastPlaces(count, elapsedMs);
  return {
    pass: (ms: number) => {
      now += ms;
    },
    gather: (source: Readable) => gatherBlocks(source, options(places)),
  };
}

/** Gives pieces one by one, each after so many milliseconds of the clock. */
function sourceOf(pieces: readonly Buffer[], time: ReturnType<typeof createTime>, everyMs: number): Readable {
  const left = [...pieces];
  return new Readable({
    highWaterMark: 1,
    read() {
      setImmediate(() => {
        time.pass(everyMs);
        this.push(left.shift() ?? null);
      });
    },
  });
}

async function lengthsOf(blocks: AsyncIterable<GatheredBlock>): Promise<number[]> {
  const lengths: number[] = [];
  for await (const { length } of blocks) lengths.push(length);
  return lengths;
}

/** The next turns of the event loop. */
async function turns(): Promise<void> {
  for (let turn = 0; turn < 10; turn += 1) await new Promise((resolve) => setImmediate(resolve));
}

describe('a stream is cut into blocks', () => {
  test.each([0, 1])('that change no byte and stay within chunks, with %d places', async (places) => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.oneof(fc.integer({ min: 1, max: 1_500_000 }), fc.integer({ min: 0, max: 9_000 })), { maxLength: 9 }),
        async (lengths) => {
          const pieces = lengths.map((length, index) => Buffer.alloc(length, index + 1));
          const whole = Buffer.concat(pieces);
          let position = 0;
          for await (const block of createTime(places).gather(Readable.from(pieces, { objectMode: false }))) {
            const bytes = Buffer.concat(block.pieces);
            expect([block.position, bytes.length]).toEqual([position, block.length]);
            expect(bytes.equals(whole.subarray(position, position + block.length))).toBe(true);
            const chunk = Math.floor(position / chunkSizeBytes);
            position += block.length;
            expect(Math.floor((position - 1) / chunkSizeBytes)).toBe(chunk);
            if (position % chunkSizeBytes === 0) expect(block.endsChunk).toBe(true);
            else if (position < whole.length) expect(block.endsChunk).toBe(false);
          }
          expect(position).toBe(whole.length);
        },
      ),
      { numRuns: 40 },
    );
  });

  const pieces = Array.from({ length: 64 }, (_, index) => Buffer.alloc(32_768, index));

  test('of 1 MiB from a sender that proves fast', async () => {
    const time = createTime(1);
    expect(await lengthsOf(time.gather(sourceOf(pieces, time, 1)))).toEqual([chunkSizeBytes, chunkSizeBytes]);
  });

  test('of 64 KiB from a slow one, and from a fast one without a place', async () => {
    for (const [places, everyMs] of [[1, 100] as const, [0, 1] as const]) {
      const time = createTime(places);
      const lengths = await lengthsOf(time.gather(sourceOf(pieces, time, everyMs)));
      expect(lengths).toEqual(Array.from({ length: 32 }, () => smallBlockBytes));
    }
  });

  test('of the rest of a chunk from one that becomes fast within it', async () => {
    const time = createTime(1);
    const source = new PassThrough({ highWaterMark: 1 });
    const lengths = lengthsOf(time.gather(source));
    source.write(Buffer.alloc(1_000));
    await turns();
    time.pass(500);
    source.write(Buffer.alloc(smallBlockBytes - 1_000));
    await turns();
    for (const piece of pieces) source.write(piece);
    source.end();
    expect((await lengths).slice(0, 2)).toEqual([smallBlockBytes, chunkSizeBytes - smallBlockBytes]);
  });
});

test('a sender that falls silent with a place keeps nobody from it', async () => {
  const time = createTime(1);
  const silent = new PassThrough({ highWaterMark: 1 });
  const blocks = time.gather(silent);
  const first = blocks.next();
  silent.write(Buffer.alloc(3 * smallBlockBytes));
  await turns();
  const fast = () => lengthsOf(time.gather(sourceOf([Buffer.alloc(chunkSizeBytes)], time, 1)));
  expect(await fast()).toHaveLength(16);
  time.pass(1_000);
  expect(await fast()).toEqual([chunkSizeBytes]);
  // What it had gathered goes on its way in small blocks.
  expect((await first).value?.length).toBe(smallBlockBytes);
  await blocks.return();
  silent.destroy();
});

test('a sender that waits for the server keeps its place, however long that takes', async () => {
  const time = createTime(1);
  const blocks = time.gather(sourceOf([Buffer.alloc(chunkSizeBytes), Buffer.alloc(chunkSizeBytes)], time, 1));
  expect((await blocks.next()).value?.length).toBe(chunkSizeBytes);
  time.pass(60_000);
  expect(await lengthsOf(time.gather(sourceOf([Buffer.alloc(chunkSizeBytes)], time, 1)))).toHaveLength(16);
  expect((await blocks.next()).value?.length).toBe(chunkSizeBytes);
  await blocks.return();
});

test('single bytes take little more memory than their sum', async () => {
  const time = createTime(0);
  const source = Readable.from(
    Array.from({ length: smallBlockBytes }, () => Buffer.from('x')),
    { objectMode: false },
  );
  const { value } = await time.gather(source).next();
  expect(value?.length).toBe(smallBlockBytes);
  expect(value?.pieces.length).toBeLessThan(16);
  source.destroy();
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
  const blocks = createTime(1).gather(source);
  await blocks.next();
  await turns();
  expect(given).toBeLessThan(2 * chunkSizeBytes);
  await blocks.return();
  source.destroy();
});

test('counts how long it waits for the source, and not how long the consumer takes', async () => {
  const time = createTime(1);
  const halves = Array.from({ length: 8 }, () => Buffer.alloc(chunkSizeBytes / 2));
  let waitedMs = 0;
  for await (const block of time.gather(sourceOf(halves, time, 3))) {
    waitedMs += block.waitedMs;
    time.pass(1_000);
  }
  expect(waitedMs).toBe(8 * 3);
});

test('fails when the stream ends early, fails, or was gone before', async () => {
  const gather = (source: Readable) => lengthsOf(createTime(1).gather(source));
  const cut = new PassThrough();
  cut.write('some');
  setImmediate(() => cut.destroy());
  await expect(gather(cut)).rejects.toThrow('ended early');
  const broken = new PassThrough();
  setImmediate(() => broken.destroy(new Error('broken')));
  await expect(gather(broken)).rejects.toThrow('broken');
  await expect(gather(new PassThrough().destroy())).rejects.toThrow('ended early');
  const brokenBefore = new PassThrough().on('error', () => undefined);
  await expect(gather(brokenBefore.destroy(new Error('broken')))).rejects.toThrow('broken');
});
