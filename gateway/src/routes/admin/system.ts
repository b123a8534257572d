import { availableParallelism } from 'node:os';
import type { FastifyInstance } from 'fastify';
import { humanSize } from '../../human-size.ts';
import type { RouteDeps } from '../../route-deps.ts';
import { readMemory } from '../../system/memory.ts';
import { readNetworkCounters } from '../../system/network-counters.ts';
import { clockSpan } from '../../times.ts';

/** `GET /api/admin/system`. The network counters are null where the system does not tell them. */
export function systemRoutes(app: FastifyInstance, { clients, authorizer, clock, startedAt }: RouteDeps): void {
  app.get('/api/admin/system', async (request) => {
    const context = await authorizer.authorize(request, 'system:read');
    const [disk, network] = await Promise.all([clients.blobs.getDisk({}, { context }), readNetworkCounters()]);
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
      ...sized('network_bytes_received', network?.receivedBytes),
      ...sized('network_bytes_sent', network?.sentBytes),
      uptime,
      uptime_hr: clockSpan(uptime),
    };
  });
}

function sized(name: string, bytes: number | undefined): Record<string, number | string | null> {
  return { [name]: bytes ?? null, [`${name}_hr`]: bytes === undefined ? null : humanSize(bytes) };
}
