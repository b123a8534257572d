import { availableParallelism } from 'node:os';
import { readSystem, routeOf } from '@odst/api';
import type { HttpApp } from '@odst/http';
import { humanSize } from '@odst/kernel';
import { principalOf } from '../../admission.ts';
import type { RouteDeps } from '../../route-deps.ts';
import { readMemory } from '../../system/memory.ts';
import { readNetworkCounters } from '../../system/network-counters.ts';
import { clockSpan } from '../../times.ts';

/** `GET /api/admin/system`. The network counters are null where the system does not tell them. */
export function systemRoutes(app: HttpApp, { clients, clock, startedAt }: RouteDeps): void {
  app.route({
    ...routeOf(readSystem),
    handler: async (request) => {
      const caller = principalOf(request);
      const [disk, network] = await Promise.all([clients.blobs.getDisk({}, { caller }), readNetworkCounters()]);
      const memory = readMemory();
      const uptime = Math.max(0, Math.floor((clock.now().getTime() - startedAt.getTime()) / 1_000));
      return {
        cpu_count: availableParallelism(),
        ...sized('disk_free', Number(disk.freeBytes)),
        ...sized('disk_total', Number(disk.totalBytes)),
        ...sized('disk_used', Number(disk.usedBytes)),
        ...sized('mem_available', memory.availableBytes),
        ...sized('mem_total', memory.totalBytes),
        ...sized('mem_used', memory.usedBytes),
        ...sized('network_bytes_received', network?.receivedBytes ?? null),
        ...sized('network_bytes_sent', network?.sentBytes ?? null),
        uptime,
        uptime_hr: clockSpan(uptime),
      };
    },
  });
}

type Sized<Name extends string, Bytes extends number | null> = Record<Name, Bytes> &
  Record<`${Name}_hr`, Bytes extends null ? string | null : string>;

/** A size and its twin for people. */
function sized<Name extends string, Bytes extends number | null>(name: Name, bytes: Bytes): Sized<Name, Bytes> {
  return { [name]: bytes, [`${name}_hr`]: bytes === null ? null : humanSize(bytes) } as Sized<Name, Bytes>;
}
