import { Bitmap } from '@odst/kernel';
import { eventually } from '@odst/testing';
import { expect, test } from 'vitest';
import { createChunkJournal } from '../../src/app/fetch/chunk-journal.ts';

/** Lets everything run that is ready to. */
const settle = () => new Promise((resolve) => setImmediate(resolve));
const range = (from: number, to: number) => Array.from({ length: to - from }, (_, index) => from + index);

function journalOf(total: number, known: readonly number[] = []) {
  const set = new Bitmap(total);
  for (const chunk of known) set.add(chunk);
  const persisted: (readonly number[])[] = [];
  return { persisted, journal: createChunkJournal(total, set, async (chunks) => void persisted.push(chunks)) };
}

test('persists a group when it is full, the last one when it has all it can have', async () => {
  const { journal, persisted } = journalOf(70);
  for (const chunk of range(0, 63)) journal.add(chunk);
  await settle();
  expect(persisted).toEqual([]);
  journal.add(63);
  await settle();
  expect(persisted).toEqual([range(0, 64)]);
  for (const chunk of range(64, 70)) journal.add(chunk);
  await settle();
  expect(persisted).toEqual([range(0, 64), range(64, 70)]);
});

test('counts chunks that were known before as there', async () => {
  const { journal, persisted } = journalOf(64, range(0, 62));
  journal.add(62);
  journal.add(63);
  await settle();
  expect(persisted).toEqual([[62, 63]]);
});

test('persists what there is after a while, though the group is not full', async () => {
  const persisted: (readonly number[])[] = [];
  const journal = createChunkJournal(64, new Set(), async (chunks) => void persisted.push(chunks), 20);
  journal.add(5);
  await settle();
  expect(persisted).toEqual([]);
  await eventually(() => persisted.length === 1);
  expect(persisted).toEqual([[5]]);
});

test('persists one after the other, and what came meanwhile together', async () => {
  const gate = Promise.withResolvers<void>();
  const persisted: (readonly number[])[] = [];
  const journal = createChunkJournal(200, new Set(), async (chunks) => {
    persisted.push(chunks);
    if (persisted.length === 1) await gate.promise;
  });
  for (const chunk of range(0, 192)) {
    journal.add(chunk);
    if (chunk === 63) await settle();
  }
  await settle();
  expect(persisted).toEqual([range(0, 64)]);
  gate.resolve();
  await journal.flush();
  expect(persisted).toEqual([range(0, 64), range(64, 192)]);
});

test('tells at the end what failed on the way, and persists nothing after it', async () => {
  let tries = 0;
  const journal = createChunkJournal(128, new Set(), async () => {
    tries += 1;
    throw new Error('no room');
  });
  for (const chunk of range(0, 128)) journal.add(chunk);
  await expect(journal.flush()).rejects.toThrow('no room');
  await expect(journal.flush()).rejects.toThrow('no room');
  expect(tries).toBe(1);
});
