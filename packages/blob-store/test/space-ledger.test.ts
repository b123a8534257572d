import { isOdstError } from '@odst/kernel';
import { expect, test } from 'vitest';
import { createSpaceLedger } from '../src/index.ts';

const gibibyte = 1_073_741_824;
const disk = (totalBytes: number, freeBytes: number) => ({
  measure: async () => ({ totalBytes, freeBytes, usedBytes: totalBytes - freeBytes }),
});
const full = (error: unknown) => isOdstError(error, 'STORAGE_DISK_FULL');

test('keeps the reserve free and nothing else, whatever the size of the volume', async () => {
  const [terabyte, gigabyte] = [1_000_000_000_000, 1_000_000_000];
  const large = createSpaceLedger(disk(2 * terabyte, 40 * gigabyte));
  using _most = await large.reserve(38 * gigabyte);
  await expect(large.reserve(gigabyte)).rejects.toSatisfy(full);
  await expect(createSpaceLedger(disk(20 * gibibyte, 3 * gibibyte)).reserve(2 * gibibyte + 1)).rejects.toSatisfy(full);
  await expect(createSpaceLedger(disk(20 * gibibyte, 3 * gibibyte)).reserve(2 * gibibyte)).resolves.toBeDefined();
  await expect(createSpaceLedger(disk(20 * gibibyte, 3 * gibibyte), 2 * gibibyte).reserve(gibibyte + 1)).rejects.toSatisfy(full);
  await expect(createSpaceLedger(disk(20 * gibibyte, 3 * gibibyte), 0).reserve(3 * gibibyte)).resolves.toBeDefined();
  await expect(createSpaceLedger(disk(20 * gibibyte, 3 * gibibyte), 0).reserve(3 * gibibyte + 1)).rejects.toSatisfy(full);
});

test('promises no byte twice, however many ask at once', async () => {
  const ledger = createSpaceLedger(disk(20 * gibibyte, gibibyte + 1_000));
  const asked = await Promise.allSettled(Array.from({ length: 10 }, () => ledger.reserve(300)));
  expect(asked.filter(({ status }) => status === 'fulfilled')).toHaveLength(3);
});

test('gives back what was not written when it is disposed, and only that', async () => {
  const ledger = createSpaceLedger(disk(20 * gibibyte, gibibyte + 1_000));
  {
    using reservation = await ledger.reserve(1_000);
    reservation.consume(400);
    expect(reservation.remainingBytes).toBe(600);
    await expect(ledger.reserve(401)).rejects.toSatisfy(full);
  }
  await expect(ledger.reserve(1_000)).resolves.toBeDefined();
});

test('gives a file that grows what there is, where that is less than it wishes', async () => {
  const ledger = createSpaceLedger(disk(20 * gibibyte, gibibyte + 1_000));
  using reservation = await ledger.reserve(0);
  await reservation.grow(10, 600);
  expect(reservation.remainingBytes).toBe(600);
  await reservation.grow(10, 600);
  expect(reservation.remainingBytes).toBe(1_000);
  await expect(reservation.grow(10, 600)).rejects.toMatchObject({ details: { promisedBytes: 0 } });
});

test('tells how much is needed, what is there, what takes it, and which setting to change', async () => {
  const ledger = createSpaceLedger(disk(20 * gibibyte, gibibyte + 5_000_000));
  using _other = await ledger.reserve(3_000_000);
  const refusal = await ledger.reserve(125_829_127).catch((error: unknown) => error);
  expect(refusal).toMatchObject({
    details: {
      neededBytes: 125_829_127,
      freeBytes: gibibyte + 5_000_000,
      promisedBytes: 3_000_000,
      reserveBytes: gibibyte,
      availableBytes: 2_000_000,
    },
  });
  expect((refusal as Error).message).toBe(
    '125829127 bytes (120.0 MiB) are needed and 2000000 bytes (1.9 MiB) are available: of 1078741824 bytes (1.0 GiB) that are free on the volume, 3000000 bytes (2.9 MiB) are reserved for other uploads and transfers under way and 1073741824 bytes (1.0 GiB) are kept free (ODST_DISK_RESERVE_BYTES). Nothing was stored and nothing was lost. Free space on the volume, or start the server with a lower ODST_DISK_RESERVE_BYTES; uploads are to be sent again then, transfers go on by themselves',
  );
});
