import { availableParallelism, loadavg } from 'node:os';
import { listSystemHistory, readSystemFigures, routeOf } from '@odst/api';
import type { HttpApp } from '@odst/http';
import { serverVersion } from '@odst/telemetry';
import { principalOf } from '../../admission.ts';
import type { RouteDeps } from '../../route-deps.ts';
import { stepOf, stepsOf } from '../../system/history.ts';
import { measure } from '../../system/measure.ts';

/** `GET /api/v1/system` and `GET /api/v1/system/history`. */
export function systemV1Routes(app: HttpApp, { clients, clock, startedAt, samples }: RouteDeps): void {
  app.route({
    ...routeOf(readSystemFigures),
    handler: async (request) => {
      const caller = principalOf(request);
      const [disk, trash] = await Promise.all([clients.blobs.getDisk({}, { caller }), clients.packages.getTrash({}, { caller })]);
      const now = await measure(disk, clock);
      const { reserveBytes = 0n, unreferencedBytes = 0n } = disk;
      const { memoryUsedBytes, memoryTotalBytes, diskUsedBytes, diskFreeBytes, diskTotalBytes, heldBytes } = now;
      const [loadAverage = 0] = loadavg();
      return {
        version: serverVersion(),
        node: process.versions.node,
        startedAt: startedAt.toISOString(),
        uptimeSeconds: Math.max(0, Math.floor((now.at.getTime() - startedAt.getTime()) / 1_000)),
        ...{ cpuCount: availableParallelism(), loadAverage },
        ...{ memoryUsedBytes, memoryTotalBytes, diskUsedBytes, diskFreeBytes, diskTotalBytes, heldBytes },
        ...{ reserveBytes: Number(reserveBytes), unreferencedBytes: Number(unreferencedBytes) },
        ...{ trashBytes: Number(trash.bytes), trashContents: trash.contents, trashSince: trash.since?.toISOString() ?? null },
        networkReceivedBytes: now.networkReceivedBytes ?? null,
        networkSentBytes: now.networkSentBytes ?? null,
        ...now.traffic,
      };
    },
  });

  app.route({
    ...routeOf(listSystemHistory),
    handler: async (request) => {
      const spanMs = request.query.hours * 3_600_000;
      const stepMs = stepOf(spanMs);
      const found = await samples.list(new Date(clock.now().getTime() - spanMs));
      const items = stepsOf(found, stepMs).map(({ at, ...step }) => ({ at: at.toISOString(), ...step }));
      return { items, next: null, stepSeconds: stepMs / 1_000 };
    },
  });
}
