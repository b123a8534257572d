import type { Metrics } from '@odst/telemetry';
import type { FastifyInstance } from 'fastify';

/** Observes how long each request takes; by the pattern of its route, since paths have names of packages in them. */
export function measureRequests(app: FastifyInstance, metrics: Pick<Metrics, 'observe'>): void {
  app.addHook('onResponse', async ({ method, routeOptions }, reply) => {
    const status = `${Math.floor(reply.statusCode / 100)}xx`;
    const labels = { method, route: routeOptions.url ?? 'unknown', status };
    metrics.observe('odst_http_request_duration_seconds', labels, reply.elapsedTime / 1_000);
  });
}
