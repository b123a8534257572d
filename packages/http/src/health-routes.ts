import { isReady, type ReadinessSnapshot, readinessLines } from '@odst/service-host';
import type { FastifyInstance } from 'fastify';

/** `GET /healthz` (alive) and `GET /readyz` (serving; a line per dependency). No login. */
export function healthRoutes(app: FastifyInstance, readiness: () => ReadinessSnapshot): void {
  app.get('/healthz', { logLevel: 'error' }, async (_request, reply) => reply.type('text/plain').send('ok\n'));
  app.get('/readyz', { logLevel: 'error' }, async (_request, reply) => {
    const snapshot = readiness();
    return reply
      .code(isReady(snapshot) ? 200 : 503)
      .type('text/plain')
      .send(readinessLines(snapshot));
  });
}
