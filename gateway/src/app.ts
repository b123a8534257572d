import { randomUUID } from 'node:crypto';
import { installProblemDetails } from '@odst/http';
import type { ReadinessSnapshot } from '@odst/service-host';
import type { Logger } from '@odst/telemetry';
import fastify, { type FastifyBaseLogger, type FastifyInstance, type FastifyPluginAsync } from 'fastify';
import { federationRoutes } from './federation/federation-routes.ts';
import type { RouteDeps } from './route-deps.ts';
import { aboutRoutes } from './routes/admin/about.ts';
import { packagesRoutes } from './routes/admin/packages.ts';
import { peersRoutes } from './routes/admin/peers.ts';
import { systemRoutes } from './routes/admin/system.ts';
import { healthRoutes } from './routes/health.ts';
import { eventsRoutes } from './routes/v1/events.ts';
import { packagesV1Routes } from './routes/v1/packages.ts';
import { peersV1Routes } from './routes/v1/peers.ts';

/** What the HTTP application is made of. */
export type GatewayAppDeps = RouteDeps & {
  readonly logger: Logger;
  readonly readiness: () => ReadinessSnapshot;
  /** The byte routes, where storage shares this listener. */
  readonly dataPlane?: FastifyPluginAsync;
};

/** File names have up to 255 bytes, three characters each when percent-encoded. */
const maxParamLength = 1_000;
const bodyLimitBytes = 1_048_576;

/** Builds the HTTP application; nothing listens yet. */
export async function buildGateway(deps: GatewayAppDeps): Promise<FastifyInstance> {
  const app = fastify({
    loggerInstance: deps.logger as FastifyBaseLogger,
    genReqId: () => randomUUID(),
    bodyLimit: bodyLimitBytes,
    routerOptions: { maxParamLength },
    // A field of another type is a mistake to be told of, never to be bent into shape.
    ajv: { customOptions: { coerceTypes: false, removeAdditional: false } },
    // Uploads of 15 GB over slow lines take hours; the data plane has limits of its own.
    requestTimeout: 0,
    forceCloseConnections: true,
  });
  installProblemDetails(app);
  app.addHook('onSend', async (_request, reply) => {
    reply.header('x-content-type-options', 'nosniff');
  });
  healthRoutes(app, deps.readiness);
  aboutRoutes(app, deps);
  packagesRoutes(app, deps);
  peersRoutes(app, deps);
  systemRoutes(app, deps);
  eventsRoutes(app, deps);
  packagesV1Routes(app, deps);
  peersV1Routes(app, deps);
  await app.register(federationRoutes, { clients: deps.clients });
  if (deps.dataPlane !== undefined) await app.register(deps.dataPlane);
  return app;
}
