import { createMetrics, createSilentLogger } from '@odst/telemetry';
import { expect, test } from 'vitest';
import { measurePeers } from '../../src/adapters/measure-peers.ts';
import type { PeerStatus } from '../../src/app/peer-status.ts';

const statusOf = (peerIss: string, lastAnswerAt: string | undefined, backlogBytes: bigint): PeerStatus => ({
  peerIss,
  reach: 'online',
  lastAnswerAt: lastAnswerAt === undefined ? undefined : new Date(lastAnswerAt),
  restoredAt: undefined,
  comparison: undefined,
  isComparing: false,
  behind: 0,
  readToEndAt: undefined,
  lastError: '',
  failedTries: 0,
  nextTryAt: undefined,
  queuedTransfers: 0,
  backlogBytes,
  rateBytesPerSecond: 0n,
  pause: undefined,
});

test('peers are measured as they are when somebody asks, and no more once that is over', async () => {
  const metrics = createMetrics({ logger: createSilentLogger() });
  const clock = { now: () => new Date('2026-01-01T00:01:00Z') };
  let statuses = [
    statusOf('a', '2026-01-01T00:00:30Z', 7n),
    statusOf('b', undefined, 0n),
    statusOf('c', '2026-01-01T00:02:00Z', 0n),
  ];
  const measuring = measurePeers({ peerStatuses: () => statuses }, { metrics, clock });
  const shown = async () => (await metrics.page()).split('\n').filter((line) => /^odst_sync_(lag|backlog)/.test(line));
  expect(await shown()).toEqual([
    'odst_sync_lag_seconds{peer="a"} 30',
    'odst_sync_lag_seconds{peer="c"} 0',
    'odst_sync_backlog_bytes{peer="a"} 7',
    'odst_sync_backlog_bytes{peer="b"} 0',
    'odst_sync_backlog_bytes{peer="c"} 0',
  ]);
  statuses = [statusOf('c', '2026-01-01T00:00:59Z', 2n)];
  expect(await shown()).toEqual(['odst_sync_lag_seconds{peer="c"} 1', 'odst_sync_backlog_bytes{peer="c"} 2']);
  measuring[Symbol.dispose]();
  expect(await shown()).toEqual([]);
});
