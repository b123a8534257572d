import type { SystemSample } from '../../src/system/system-samples.ts';

/** A sample of a minute of 2026. */
export function sampleAt(minute: number, part: Partial<SystemSample> = {}): SystemSample {
  return {
    at: new Date(Date.UTC(2026, 0, 1, 0, minute)),
    source: 'a',
    cpuBusyMs: 0,
    cpuTotalMs: 0,
    memoryUsedBytes: 1,
    memoryTotalBytes: 2,
    diskUsedBytes: 3,
    diskFreeBytes: 4,
    diskTotalBytes: 7,
    heldBytes: 2,
    networkReceivedBytes: 0,
    networkSentBytes: undefined,
    traffic: { uploadedBytes: 0, downloadedBytes: 0, syncReceivedBytes: 0, syncSentBytes: 0 },
    ...part,
  };
}
