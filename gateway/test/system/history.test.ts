import { describe, expect, test } from 'vitest';
import { stepOf, stepsOf } from '../../src/system/history.ts';
import { content, nomad, testApp } from '../test-app.ts';
import { memorySystemSamples } from './memory-system-samples.ts';
import { sampleAt } from './samples.ts';

const minuteMs = 60_000;
const traffic = (uploadedBytes: number, downloadedBytes = 0) => ({
  ...{ uploadedBytes, downloadedBytes, syncReceivedBytes: 0, syncSentBytes: 0 },
});

describe('steps', () => {
  test.each([
    [1, 1],
    [5, 1],
    [6, 2],
    [10, 2],
    [24, 5],
    [25, 5],
    [48, 10],
  ])('of %d hours have %d minutes', (hours, minutes) => {
    expect(stepOf(hours * 60 * minuteMs)).toBe(minutes * minuteMs);
  });

  test('sum what was counted, and show what was measured last', () => {
    const steps = stepsOf(
      [
        sampleAt(0, { traffic: traffic(100), cpuBusyMs: 1_000, cpuTotalMs: 10_000 }),
        sampleAt(1, { traffic: traffic(150, 5), cpuBusyMs: 2_000, cpuTotalMs: 12_000, networkReceivedBytes: 7 }),
        sampleAt(2, {
          traffic: traffic(150, 8),
          cpuBusyMs: 2_500,
          cpuTotalMs: 14_000,
          networkReceivedBytes: 9,
          diskUsedBytes: 33,
        }),
        sampleAt(3, { traffic: traffic(151, 8), cpuBusyMs: 2_500, cpuTotalMs: 14_000, networkReceivedBytes: 9 }),
      ],
      2 * minuteMs,
    );
    expect(steps).toMatchObject([
      { at: sampleAt(2).at, uploadedBytes: 50, downloadedBytes: 8, cpuLoad: 0.375, networkReceivedBytes: 9, diskUsedBytes: 33 },
      {
        at: sampleAt(4).at,
        uploadedBytes: 1,
        downloadedBytes: 0,
        cpuLoad: null,
        networkReceivedBytes: 0,
        networkSentBytes: null,
      },
    ]);
  });

  test('take a counter that is less than before as one that began anew', () => {
    const [step] = stepsOf([sampleAt(0, { traffic: traffic(100) }), sampleAt(1, { traffic: traffic(30) })], minuteMs);
    expect(step?.uploadedBytes).toBe(30);
  });

  test('compare no counters of two machines, but those of storage', () => {
    const other = sampleAt(1, { source: 'b', networkReceivedBytes: 9_000, cpuTotalMs: 5, traffic: traffic(7) });
    const [step] = stepsOf([sampleAt(0), other], minuteMs);
    expect(step).toMatchObject({ networkReceivedBytes: 0, cpuLoad: null, uploadedBytes: 7 });
  });

  test('there are none of one sample, or none', () => {
    expect(stepsOf([], minuteMs)).toEqual([]);
    expect(stepsOf([sampleAt(0)], minuteMs)).toEqual([]);
  });
});

test('the history begins as many hours ago as were asked for', async () => {
  const kept = [0, 1, 450, 451, 452].map((minute) => sampleAt(minute, { traffic: traffic(minute) }));
  const app = await testApp({}, { samples: memorySystemSamples(kept) });
  const lastHours = (await app.inject('/api/v1/system/history?hours=2')).json();
  expect([lastHours.stepSeconds, lastHours.items.map(({ uploadedBytes }: { uploadedBytes: number }) => uploadedBytes)]).toEqual([
    60,
    [1, 1],
  ]);
  expect((await app.inject('/api/v1/system/history')).json().items).toHaveLength(3);
  for (const hours of ['0', '49', 'x']) {
    expect((await app.inject(`/api/v1/system/history?hours=${hours}`)).statusCode).toBe(422);
  }
});

test('the figures tell what is in the trash, and ask for the disk once', async () => {
  let asked = 0;
  const app = await testApp({
    packages: { getTrash: async () => ({ bytes: 2n * 3_460_301n, contents: 2, since: new Date(0) }) },
    blobs: {
      getDisk: async () => {
        asked += 1;
        return {
          ...{ freeBytes: 1n, totalBytes: 3n, usedBytes: 2n, heldBytes: 9n, reserveBytes: 1n, unreferencedBytes: 5n },
          traffic: { uploadedBytes: 4n, downloadedBytes: 5n, syncReceivedBytes: 6n, syncSentBytes: 7n },
        };
      },
    },
  });
  expect((await app.inject('/api/v1/system')).json()).toMatchObject({
    ...{ uptimeSeconds: 30_806, diskUsedBytes: 2, diskFreeBytes: 1, heldBytes: 9, trashBytes: 2 * 3_460_301 },
    ...{ reserveBytes: 1, unreferencedBytes: 5, trashContents: 2, trashSince: '1970-01-01T00:00:00.000Z' },
    ...{ uploadedBytes: 4, downloadedBytes: 5, syncReceivedBytes: 6, syncSentBytes: 7, node: process.versions.node },
  });
  expect(asked).toBe(1);
});

test('the trash is listed by package, with when the time of each content is over', async () => {
  const trash = [{ content: content(), trashedAt: new Date(86_400_000) }];
  const app = await testApp({
    server: { getServer: async () => ({ server: { policy: { deletions: 'follow', trashDays: 2 } } as never }) },
    packages: { listPackages: async () => ({ packages: [{ ...nomad, trash }], next: '7' }) },
  });
  expect((await app.inject('/api/v1/trash?limit=1')).json()).toEqual({
    items: [
      {
        package: { id: nomad.id, filename: nomad.filename },
        ...{ sha256: content().sha256, sizeBytes: 3_460_301 },
        ...{ trashedAt: '1970-01-02T00:00:00.000Z', leavesAt: '1970-01-04T00:00:00.000Z' },
      },
    ],
    next: '7',
  });
});

test('no time is told for the trash where the days of the settings are not known', async () => {
  const trash = [{ content: content(), trashedAt: new Date(0) }];
  const app = await testApp({
    server: { getServer: async () => ({ server: { policy: undefined } as never }) },
    packages: { listPackages: async () => ({ packages: [{ ...nomad, trash }], next: '' }) },
  });
  expect((await app.inject('/api/v1/trash')).statusCode).toBe(500);
});
