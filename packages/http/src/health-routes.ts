import { readHealth, readReadiness, routeOf } from '@odst/api';
import { isReady, type ReadinessSnapshot, readinessLines } from '@odst/service-host';
import type { HttpApp } from './schemas.ts';

/** `GET /healthz` (alive) and `GET /readyz` (serving; a line per dependency). No login; they leave neither lines nor traces. */
export function healthRoutes(app: HttpApp, readiness: () => ReadinessSnapshot): void {
  const logLevel = 'error';
  app.route({ ...routeOf(readHealth), logLevel, handler: async (_request, reply) => reply.type('text/plain').send('ok\n') });
  app.route({
    ...routeOf(readReadiness),
    logLevel,
    handler: async (_request, reply) => {
      const snapshot = readiness();
      return reply
        .code(isReady(snapshot) ? 200 : 503)
        .type('text/plain')
        .send(readinessLines(snapshot));
    },
  });
}
