import { createHash, randomBytes } from 'node:crypto';
import { chunkSizeBytes } from '@odst/kernel';
import { eventually } from '@odst/testing';
import { expect, test } from 'vitest';
import { startHashPool } from '../../../src/adapters/hashing/hash-pool.ts';

const hexOf = (algorithm: string, bytes: Uint8Array) => createHash(algorithm).update(bytes).digest('hex');
const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex');

test('hashes a file in order and its chunks beside it, whoever finishes first', async () => {
  await using pool = startHashPool({ threads: 2, slots: 4 });
  const file = randomBytes(5 * chunkSizeBytes + 77);
  using lane = pool.openLane(['sha1', 'sha256']);
  const chunks = await Promise.all(
    Array.from({ length: 6 }, async (_, index) => {
      const slot = await pool.takeSlot();
      const chunk = file.subarray(index * chunkSizeBytes, (index + 1) * chunkSizeBytes);
      slot.bytes.set(chunk);
      const updated = lane.update(slot, chunk.length);
      const [sha1, sha256] = await pool.digest(slot, chunk.length, ['sha1', 'sha256']);
      await updated;
      slot.release();
      return { sha1: hex(sha1), sha256: hex(sha256), chunk };
    }),
  );
  for (const { sha1, sha256, chunk } of chunks) {
    expect({ sha1, sha256 }).toEqual({ sha1: hexOf('sha1', chunk), sha256: hexOf('sha256', chunk) });
  }
  const [sha1, sha256] = await lane.finish();
  expect([hex(sha1), hex(sha256)]).toEqual([hexOf('sha1', file), hexOf('sha256', file)]);
  expect(pool.freeSlots).toBe(4);
});

test('leaves the event loop to others while it hashes', async () => {
  await using pool = startHashPool({ threads: 2, slots: 2 });
  const [one, other] = [await pool.takeSlot(), await pool.takeSlot()];
  await pool.digest(one, chunkSizeBytes, ['sha1']); // the thread has started
  const before = performance.eventLoopUtilization();
  for (let round = 0; round < 50; round += 1) {
    await Promise.all([one, other].map((slot) => pool.digest(slot, chunkSizeBytes, ['sha1', 'sha256'])));
  }
  // On the loop itself the hashing would be all that it does.
  expect(performance.eventLoopUtilization(before).utilization).toBeLessThan(0.5);
  one.release();
  other.release();
});

test('keeps lanes apart, and lets one be forgotten', async () => {
  await using pool = startHashPool({ threads: 1, slots: 2 });
  const slot = await pool.takeSlot();
  slot.bytes.set([1, 2, 3]);
  using forgotten = pool.openLane(['sha256']);
  using lane = pool.openLane(['sha256']);
  await forgotten.update(slot, 2);
  await lane.update(slot, 3);
  slot.release();
  forgotten[Symbol.dispose]();
  await expect(lane.finish().then(([sha256]) => hex(sha256))).resolves.toBe(hexOf('sha256', Uint8Array.of(1, 2, 3)));
});

test('makes whoever finds no slot wait, in order of arrival', async () => {
  await using pool = startHashPool({ threads: 1, slots: 2 });
  const held = [await pool.takeSlot(), await pool.takeSlot()];
  const served: number[] = [];
  const waiting = [1, 2, 3].map(async (number) => {
    const slot = await pool.takeSlot();
    served.push(number);
    return slot;
  });
  held[0]?.release();
  await eventually(() => served.length === 1);
  expect(served).toEqual([1]);
  held[1]?.release();
  (await waiting[0])?.release();
  for (const slot of await Promise.all(waiting.slice(1))) slot.release();
  expect(served).toEqual([1, 2, 3]);
  expect(pool.freeSlots).toBe(2);
});

test('fails the tasks of a thread that dies, and serves the next', async () => {
  await using pool = startHashPool({ threads: 1, slots: 1 });
  const slot = await pool.takeSlot();
  // A digest that no OpenSSL has kills the thread, as a defect would.
  await expect(pool.digest(slot, 1, ['whirlpool9' as 'sha1'])).rejects.toThrow();
  const [sha1] = await pool.digest(slot, 0, ['sha1']);
  expect(hex(sha1)).toBe(hexOf('sha1', new Uint8Array(0)));
  slot.release();
  expect(() => slot.release()).toThrow('twice');
});
