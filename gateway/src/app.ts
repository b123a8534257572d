import { buildHttpApp, type HttpAppOptions } from '@odst/http';
import type { FastifyInstance, FastifyPluginAsync } from 'fastify';
import { federationRoutes } from './federation/federation-routes.ts';
import type { RouteDeps } from './route-deps.ts';
import { aboutRoutes } from './routes/admin/about.ts';
import { packagesRoutes } from './routes/admin/packages.ts';
import { peersRoutes } from './routes/admin/peers.ts';
import { systemRoutes } from './routes/admin/system.ts';
import { contractRoutes } from './routes/contract.ts';
import { errorsPageRoutes } from './routes/errors-page.ts';
import { metricsRoutes } from './routes/metrics.ts';
import { deadLettersRoutes } from './routes/v1/dead-letters.ts';
import { eventsRoutes } from './routes/v1/events.ts';
import { packagesV1Routes } from './routes/v1/packages.ts';
import { peersV1Routes } from './routes/v1/peers.ts';
import { projectionsRoutes } from './routes/v1/projections.ts';

/** What the HTTP application is made of. */
export type GatewayAppDeps = RouteDeps &
  HttpAppOptions & {
    /** The byte routes, where storage shares this listener. */
    readonly dataPlane?: FastifyPluginAsync | undefined;
  };

/** Builds the HTTP application; nothing listens yet. */
export async function buildGateway(deps: GatewayAppDeps): Promise<FastifyInstance> {
  const app = buildHttpApp(deps);
  aboutRoutes(app, deps);
  packagesRoutes(app, deps);
  peersRoutes(app, deps);
  systemRoutes(app, deps);
  contractRoutes(app);
  errorsPageRoutes(app);
  metricsRoutes(app, deps);
  deadLettersRoutes(app, deps);
  eventsRoutes(app, deps);
  packagesV1Routes(app, deps);
  peersV1Routes(app, deps);
  projectionsRoutes(app, deps);
  await app.register(federationRoutes, { clients: deps.clients });
  if (deps.dataPlane !== undefined) await app.register(deps.dataPlane);
  return app;
}
