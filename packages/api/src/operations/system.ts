import { Type } from 'typebox';
import type { Operation } from '../operation.ts';
import { Count, OrNull, Time } from '../shapes.ts';

const tag = 'Server';
const access = { action: 'system:read', role: 'viewer' } as const;

const memory = {
  memoryUsedBytes: Count('Of the host, or of the container’s limit'),
  memoryTotalBytes: Count('Of the host, or of the container’s limit'),
};
const disk = {
  diskUsedBytes: Count('Of the volume of the packages'),
  diskFreeBytes: Count('Of the volume of the packages, for this server'),
  diskTotalBytes: Count('Of the volume of the packages'),
  heldBytes: Count('Of the verified contents of packages, those in the trash among them'),
};
const networkOf = (when: string) => ({
  networkReceivedBytes: OrNull(
    Count('Bytes'),
    `Of the machine, over all interfaces but loopback, ${when}; null where it is not told`,
  ),
  networkSentBytes: OrNull(
    Count('Bytes'),
    `Of the machine, over all interfaces but loopback, ${when}; null where it is not told`,
  ),
});
const trafficOf = (when: string) => ({
  uploadedBytes: Count(`Bytes of files that were uploaded and acknowledged, ${when}`),
  downloadedBytes: Count(`Bytes of packages that clients got, ${when}`),
  syncReceivedBytes: Count(`Verified bytes of packages from peers, ${when}`),
  syncSentBytes: Count(`Bytes of packages to peers, ${when}`),
});

/** `GET /api/v1/system` */
export const readSystemFigures = {
  method: 'GET',
  url: '/api/v1/system',
  id: 'readSystemFigures',
  tag,
  summary: 'Version and resources of this server',
  description:
    'Memory, processors and network are those of the machine that the gateway runs on, the disk that of storage. What was uploaded, downloaded and synced is counted by storage since its process started.',
  access,
  answers: {
    200: Type.Object(
      {
        version: Type.String(),
        node: Type.String({ description: 'Version of Node.js', examples: ['24.21.0'] }),
        startedAt: Time,
        uptimeSeconds: Count('Since the gateway started'),
        cpuCount: Count('Processors that this server may use'),
        loadAverage: Type.Number({
          minimum: 0,
          description: 'Of the machine over the last minute, as `uptime` tells; 0 on Windows',
        }),
        ...memory,
        ...disk,
        reserveBytes: Count('Kept free on the volume: what does not fit beside them is refused'),
        unreferencedBytes: Count('Contents that nothing names any more: they go within a day'),
        trashBytes: Count('Contents in the trash'),
        trashContents: Count('How many contents the trash has'),
        trashSince: OrNull(Time, 'Since when the oldest of them is there; null where the trash is empty'),
        ...networkOf('since it started'),
        ...trafficOf('since storage started'),
      },
      { title: 'SystemFigures' },
    ),
  },
} as const satisfies Operation;

/** `GET /api/v1/system/history` */
export const listSystemHistory = {
  method: 'GET',
  url: '/api/v1/system/history',
  id: 'listSystemHistory',
  tag,
  summary: 'How this server fared over the last hours, the oldest step first',
  description:
    'Measured once a minute by a gateway, and kept for 48 hours, over restarts too. Up to 5 hours are shown minute by minute, 10 in steps of two, 25 in steps of five, 48 in steps of ten minutes. While no gateway ran there is no step, and what was counted meanwhile stands in the one behind. Of several gateways each minute has one, which `networkReceivedBytes`, `cpuLoad` and the memory are of.',
  access,
  query: Type.Object(
    { hours: Type.Integer({ minimum: 1, maximum: 48, default: 24, description: 'How far back' }) },
    { additionalProperties: false },
  ),
  answers: {
    200: Type.Object({
      items: Type.Array(
        Type.Object(
          {
            at: Time,
            cpuLoad: OrNull(
              Type.Number({ minimum: 0, maximum: 1 }),
              'Share of the processors that was busy; null where it is not known',
            ),
            ...memory,
            ...disk,
            ...networkOf('in the step'),
            ...trafficOf('in the step'),
          },
          { title: 'SystemStep', description: '`at` is its end' },
        ),
      ),
      next: Type.Null(),
      stepSeconds: Count('Length of a step'),
    }),
  },
} as const satisfies Operation;
