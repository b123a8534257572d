import { availableParallelism, loadavg } from 'node:os';
import { listSystemHistory, readSystemFigures, routeOf } from '@odst/api';
import type { HttpApp } from '@odst/http';
import type { Caller } from '@odst/kernel';
import { serverVersion } from '@odst/telemetry';
import { principalOf } from '../../admission.ts';
import type { Clients } from '../../clients.ts';
import type { RouteDeps } from '../../route-deps.ts';
import { stepOf, stepsOf } from '../../system/history.ts';
import { measure } from '../../system/measure.ts';

/** Packages of one question. */
const packagesAtOnce = 1_000;

/** `GET /api/v1/system` and `GET /api/v1/system/history`. */
export function systemV1Routes(app: HttpApp, { clients, clock, startedAt, samples }: RouteDeps): void {
  app.route({
    ...routeOf(readSystemFigures),
    handler: async (request) => {
      const caller = principalOf(request);
      const [now, trashBytes] = await Promise.all([measure(clients, clock, caller), trashBytesOf(clients, caller)]);
      const { memoryUsedBytes, memoryTotalBytes, diskUsedBytes, diskFreeBytes, diskTotalBytes, heldBytes } = now;
      const [loadAverage = 0] = loadavg();
      return {
        version: serverVersion(),
        node: process.versions.node,
        startedAt: startedAt.toISOString(),
        uptimeSeconds: Math.max(0, Math.floor((now.at.getTime() - startedAt.getTime()) / 1_000)),
        ...{ cpuCount: availableParallelism(), loadAverage },
        ...{ memoryUsedBytes, memoryTotalBytes, diskUsedBytes, diskFreeBytes, diskTotalBytes, heldBytes, trashBytes },
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

/** Bytes of the contents in the trash, each once however many packages had it. */
async function trashBytesOf({ packages }: Pick<Clients, 'packages'>, caller: Caller): Promise<number> {
  const sizes = new Map<string, number>();
  const all = {
    stage: '',
    status: '',
    query: '',
    inConflict: false,
    inTrash: true,
    servedOnly: false,
    awaitingConfirmation: false,
  };
  for (let after = ''; ; ) {
    const page = await packages.listPackages({ ...all, sort: 'id', after, limit: packagesAtOnce }, { caller });
    for (const { content } of page.packages.flatMap(({ trash }) => trash)) {
      if (content !== undefined) sizes.set(content.sha256, Number(content.sizeBytes));
    }
    if (page.next === '') return [...sizes.values()].reduce((sum, size) => sum + size, 0);
    after = page.next;
  }
}
