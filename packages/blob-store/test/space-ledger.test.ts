import { isOdstError } from '@odst/kernel';
import { expect, test } from 'vitest';
import { createSpaceLedger } from '../src/index.ts';

const gibibyte = 1_073_741_824;
const disk = (totalBytes: number, freeBytes: number) => ({
  measure: async () => ({ totalBytes, freeBytes, usedBytes: totalBytes - freeBytes }),
});
const full = (error: unknown) => isOdstError(error, 'STORAGE_DISK_FULL');

test('keeps 2 GiB of a small volume and 5 % of a large one', async () => {
  await expect(createSpaceLedger(disk(20 * gibibyte, 3 * gibibyte)).reserve(gibibyte + 1)).rejects.toSatisfy(full);
  await expect(createSpaceLedger(disk(20 * gibibyte, 3 * gibibyte)).reserve(gibibyte)).resolves.toBeDefined();
  await expect(createSpaceLedger(disk(200 * gibibyte, 11 * gibibyte)).reserve(gibibyte + 1)).rejects.toSatisfy(full);
  await expect(createSpaceLedger(disk(200 * gibibyte, 11 * gibibyte)).reserve(gibibyte)).resolves.toBeDefined();
});

test('promises no byte twice, however many ask at once', async () => {
  const ledger = createSpaceLedger(disk(20 * gibibyte, 2 * gibibyte + 1_000));
  const asked = await Promise.allSettled(Array.from({ length: 10 }, () => ledger.reserve(300)));
  expect(asked.filter(({ status }) => status === 'fulfilled')).toHaveLength(3);
});

test('gives back what was not written when it is disposed, and only that', async () => {
  const ledger = createSpaceLedger(disk(20 * gibibyte, 2 * gibibyte + 1_000));
  {
    using reservation = await ledger.reserve(1_000);
    reservation.consume(400);
    expect(reservation.remainingBytes).toBe(600);
    await expect(ledger.reserve(401)).rejects.toSatisfy(full);
  }
  await expect(ledger.reserve(1_000)).resolves.toBeDefined();
});

test('tells how much is needed and how much is there', async () => {
  const ledger = createSpaceLedger(disk(20 * gibibyte, 2 * gibibyte + 10));
  await expect(ledger.reserve(11)).rejects.toMatchObject({ details: { neededBytes: 11, availableBytes: 10 } });
});
