import { cpus, hostname } from 'node:os';
import type { GetDiskResponse } from '@odst/contracts/storage';
import type { Clock } from '@odst/kernel';
import { readMemory } from './memory.ts';
import { readNetworkCounters } from './network-counters.ts';
import type { SystemSample } from './system-samples.ts';

/** Measures once. @param disk what storage says of it now */
export async function measure(disk: GetDiskResponse, clock: Clock): Promise<SystemSample> {
  const network = await readNetworkCounters();
  const { usedBytes: memoryUsedBytes, totalBytes: memoryTotalBytes } = readMemory();
  const { traffic } = disk;
  return {
    at: clock.now(),
    source: hostname(),
    ...cpuCounters(),
    ...{ memoryUsedBytes, memoryTotalBytes },
    diskUsedBytes: Number(disk.usedBytes),
    diskFreeBytes: Number(disk.freeBytes),
    diskTotalBytes: Number(disk.totalBytes),
    heldBytes: Number(disk.heldBytes ?? 0n),
    networkReceivedBytes: network?.receivedBytes,
    networkSentBytes: network?.sentBytes,
    traffic: {
      uploadedBytes: Number(traffic?.uploadedBytes ?? 0n),
      downloadedBytes: Number(traffic?.downloadedBytes ?? 0n),
      syncReceivedBytes: Number(traffic?.syncReceivedBytes ?? 0n),
      syncSentBytes: Number(traffic?.syncSentBytes ?? 0n),
    },
  };
}

function cpuCounters(): Pick<SystemSample, 'cpuBusyMs' | 'cpuTotalMs'> {
  let [cpuBusyMs, cpuTotalMs] = [0, 0];
  for (const { times } of cpus()) {
    const { idle, user, nice, sys, irq } = times;
    cpuBusyMs += user + nice + sys + irq;
    cpuTotalMs += user + nice + sys + irq + idle;
  }
  return { cpuBusyMs, cpuTotalMs };
}
