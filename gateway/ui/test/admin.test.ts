import { describe, expect, test } from 'vitest';
import type { Shape } from '../src/api/client.ts';
import { activityQueryOf, activitySearch } from '../src/features/activity/activity-search.ts';
import { auditQueryOf, auditSearch, resourcesSearch } from '../src/features/admin/admin-search.ts';
import { charts, drawnOf, marksOf } from '../src/features/admin/resources-history.ts';
import { freedWithin, leavingAfter, partsOf } from '../src/features/admin/storage-parts.ts';

const stepAt = (minute: number, more: Partial<Shape<'SystemStep'>> = {}): Shape<'SystemStep'> => ({
  ...{ at: new Date(minute * 60_000).toISOString(), cpuLoad: 0.5, memoryUsedBytes: 1, memoryTotalBytes: 4 },
  ...{ diskUsedBytes: 2, diskFreeBytes: 1, diskTotalBytes: 3, heldBytes: 1, networkReceivedBytes: 600, networkSentBytes: null },
  ...{ uploadedBytes: 0, downloadedBytes: 0, syncReceivedBytes: 0, syncSentBytes: 0, ...more },
});

describe('resources', () => {
  const network = charts.find(({ key }) => key === 'network');

  test('lines break off where steps are missing, and what is not told is no zero', () => {
    if (network === undefined) throw new Error('there is no chart of the network');
    expect(drawnOf(network, [stepAt(1), stepAt(2), stepAt(9)], 60)).toEqual([
      [60, 120, 180, 540],
      [10, 10, null, 10],
      [null, null, null, null],
    ]);
  });

  test.each([
    [25_232_932_864, [0, 10, 20].map((gb) => gb * 1024 ** 3)],
    [1_100_000, [0, 0.5, 1].map((mb) => mb * 1024 ** 2)],
    [700, [0, 200, 400, 600]],
    [0, [0]],
  ])('a scale up to %d bytes is marked in whole units', (most, marks) => {
    expect(marksOf(most)).toEqual(marks);
  });
});

describe('storage', () => {
  test('fewer days in the trash let go at once what lies there longer already', () => {
    const at = (day: number, sha256: string) =>
      ({ sha256, trashedAt: new Date(day * 86_400_000).toISOString() }) as Shape<'TrashedContent'>;
    const items = [at(1, 'old'), at(9, 'new')];
    const leaving = (days: number) => leavingAfter(items, days, 10 * 86_400_000).map(({ sha256 }) => sha256);
    expect([leaving(30), leaving(5), leaving(0)]).toEqual([[], ['old'], ['old', 'new']]);
  });

  test('the parts of a volume do not overlap', () => {
    const figures = {
      ...{ heldBytes: 100, trashBytes: 30, unreferencedBytes: 10, diskUsedBytes: 250, diskFreeBytes: 50, reserveBytes: 80 },
    } as Shape<'SystemFigures'>;
    expect(partsOf(figures).map(({ part, bytes }) => [part, bytes])).toEqual([
      ['packages', 60],
      ['trash', 30],
      ['leaving', 10],
      ['other', 150],
      ['free', 0],
      ['reserve', 50],
    ]);
  });

  test('a content leaves the trash with the last package that had it', () => {
    const at = (days: number) => new Date(days * 86_400_000).toISOString();
    const item = (sha256: string, days: number) => ({ sha256, leavesAt: at(days), sizeBytes: 7 }) as Shape<'TrashedContent'>;
    const items = [item('a', 1), item('a', 9), item('b', 2)];
    expect([1, 2, 9].map((days) => freedWithin(items, days, 0))).toEqual([0, 7, 14]);
  });
});

describe('what an address says', () => {
  test('is passed on to the API, and what is unknown is not', () => {
    expect(activityQueryOf(activitySearch({ kind: 'nonsense', package: 7, server: 'x', actor: 'eva' }))).toEqual({
      ...{ package: '7', actor: 'account:eva' },
    });
    expect(activityQueryOf(activitySearch({ kind: 'access', actor: 'token:eva/ci' }))).toEqual({
      ...{ kind: 'access', actor: 'token:eva/ci' },
    });
    expect([resourcesSearch({ hours: '6' }), resourcesSearch({ hours: '7' })]).toEqual([{ hours: 6 }, { hours: undefined }]);
    expect(auditQueryOf(auditSearch({ outcome: 'refused', q: ' x ', from: '2026-02-31x', actor: 'machine' }))).toEqual({
      ...{ outcome: 'refused', q: 'x', actor: 'machine' },
    });
  });

  test('of the audit takes the last day in as a whole', () => {
    const { since = '', until = '' } = auditQueryOf(auditSearch({ from: '2026-11-28', until: '2026-11-28' }));
    expect(Date.parse(until) - Date.parse(since)).toBe(86_400_000);
  });
});
