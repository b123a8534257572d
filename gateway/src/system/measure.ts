import { cpus, hostname } from 'node:os';
import type { Caller, Clock } from '@odst/kernel';
import type { Clients } from '../clients.ts';
import { readMemory } from './memory.ts';
import { readNetworkCounters } from './network-counters.ts';
import type { SystemSample } from './system-samples.ts';

/** Measures once. @throws OdstError of storage */
export async function measure(clients: Pick<Clients, 'blobs'>, clock: Clock, caller?: Caller): Promise<SystemSample> {
  const [disk, network] = await Promise.all([
    clients.blobs.getDisk({}, caller === undefined ? {} : { caller }),
    readNetworkCounters(),
  ]);
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
