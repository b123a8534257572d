import { isReady, type ReadinessSnapshot, readinessLines } from '@odst/service-host';
import type { FastifyInstance } from 'fastify';

/** Leaves neither lines nor traces. */
const often = { logLevel: 'error', config: { quiet: true } } as const;

/** `GET /healthz` (alive) and `GET /readyz` (serving; a line per dependency). No login. */
export function healthRoutes(app: FastifyInstance, readiness: () => ReadinessSnapshot): void {
  app.get('/healthz', often, async (_request, reply) => reply.type('text/plain').send('ok\n'));
  app.get('/readyz', often, async (_request, reply) => {
    const snapshot = readiness();
    return reply
      .code(isReady(snapshot) ? 200 : 503)
      .type('text/plain')
      .send(readinessLines(snapshot));
  });
}
