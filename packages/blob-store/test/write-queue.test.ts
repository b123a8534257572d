import { expect, test } from 'vitest';
import { createWriteQueue } from '../src/file-system/write-queue.ts';

/** A file in memory that takes at most `most` bytes of each write, and notes what was asked of it. */
function fileInMemory(most: number) {
  const content = Buffer.alloc(64, '.');
  const asked: string[] = [];
  let failing: Error | undefined;
  return {
    asked,
    text: () => content.toString('latin1'),
    fail: (error: Error | undefined) => {
      failing = error;
    },
    handle: {
      async writev(buffers: readonly Uint8Array[], position: number) {
        if (failing !== undefined) throw failing;
        const bytes = Buffer.concat(buffers);
        asked.push(`${position}+${bytes.length}`);
        return { bytesWritten: bytes.copy(content, position, 0, Math.min(most, bytes.length)), buffers };
      },
    },
  };
}

const piece = (text: string) => Buffer.from(text, 'latin1');

test('writes what waits in one go where it follows on, and alone where it does not', async () => {
  const file = fileInMemory(64);
  const queue = createWriteQueue(file.handle);
  await Promise.all([
    queue.write(piece('ab'), 0),
    queue.write(piece('cd'), 2),
    queue.write(piece('ef'), 4),
    queue.write(piece('yz'), 24),
    queue.write(piece('x'), 23),
  ]);
  expect(file.asked).toEqual(['0+2', '2+4', '24+2', '23+1']);
  expect(file.text().slice(0, 26)).toBe(`abcdef${'.'.repeat(17)}xyz`);
});

test('goes on where the system took only a part, also within a later piece', async () => {
  const file = fileInMemory(5);
  const queue = createWriteQueue(file.handle);
  await Promise.all([queue.write(piece('a'), 0), queue.write(piece('bcdefgh'), 1), queue.write(piece('ijklmnop'), 8)]);
  expect(file.text().slice(0, 17)).toBe('abcdefghijklmnop.');
  expect(file.asked).toEqual(['0+1', '1+15', '6+10', '11+5']);
});

test('tells each writer of a batch that failed, and writes again afterwards', async () => {
  const file = fileInMemory(64);
  const queue = createWriteQueue(file.handle);
  file.fail(new Error('no room'));
  const outcomes = await Promise.allSettled([queue.write(piece('a'), 0), queue.write(piece('b'), 1), queue.write(piece('c'), 2)]);
  expect(outcomes.map(({ status }) => status)).toEqual(['rejected', 'rejected', 'rejected']);
  file.fail(undefined);
  await queue.write(piece('d'), 3);
  expect(file.text().slice(0, 5)).toBe('...d.');
});
