import { buildHttpApp, type HttpApp, type HttpAppOptions, type HttpRoutes } from '@odst/http';
import { admitByRight } from './admission.ts';
import { createCountCoverage } from './coverage-counts.ts';
import { federationRoutes } from './federation/federation-routes.ts';
import type { IdempotentRequests } from './idempotency/idempotent-requests.ts';
import { keepAnswers } from './idempotency/keep-answers.ts';
import type { RouteDeps } from './route-deps.ts';
import { aboutRoutes } from './routes/admin/about.ts';
import { packagesRoutes } from './routes/admin/packages.ts';
import { peersRoutes } from './routes/admin/peers.ts';
import { systemRoutes } from './routes/admin/system.ts';
import { contractRoutes } from './routes/contract.ts';
import { docsRoutes } from './routes/docs.ts';
import { errorsPageRoutes } from './routes/errors-page.ts';
import { metricsRoutes } from './routes/metrics.ts';
import { uiRoutes } from './routes/ui.ts';
import { accountsRoutes, tokensRoutes } from './routes/v1/accounts.ts';
import { activityRoutes } from './routes/v1/activity.ts';
import { auditRoutes } from './routes/v1/audit.ts';
import { compareRevisionsRoute } from './routes/v1/compare-revisions.ts';
import { conflictsRoutes } from './routes/v1/conflicts.ts';
import { coverageV1Routes } from './routes/v1/coverage.ts';
import { deadLettersRoutes } from './routes/v1/dead-letters.ts';
import { eventsRoutes } from './routes/v1/events.ts';
import { heldChangesRoutes } from './routes/v1/held-changes.ts';
import { bulkRoutes, packageActsRoutes } from './routes/v1/package-acts.ts';
import { packagesV1Routes } from './routes/v1/packages.ts';
import { peersV1Routes } from './routes/v1/peers.ts';
import { projectionsRoutes } from './routes/v1/projections.ts';
import { serversV1Routes } from './routes/v1/servers.ts';
import { loginRoutes, sessionRoutes } from './routes/v1/sessions.ts';
import { settingsRoutes } from './routes/v1/settings.ts';
import { streamRoutes } from './routes/v1/stream.ts';
import { supportBundleRoute } from './routes/v1/support-bundle.ts';
import { systemV1Routes } from './routes/v1/system.ts';
import { transfersRoutes } from './routes/v1/transfers.ts';
import { trashRoutes } from './routes/v1/trash.ts';

/** What the HTTP application is made of. */
export type GatewayAppDeps = RouteDeps &
  HttpAppOptions & {
    /** Answers to requests that may be sent again. */
    readonly idempotent: IdempotentRequests;
    /** Routes of the services that share this listener, as storage's byte routes. Default none */
    readonly routes?: readonly HttpRoutes[] | undefined;
  };

/** Builds the HTTP application; nothing listens yet. */
export async function buildGateway(deps: GatewayAppDeps): Promise<HttpApp> {
  const app = buildHttpApp(deps);
  contractRoutes(app);
  docsRoutes(app);
  errorsPageRoutes(app);
  metricsRoutes(app, deps);
  await app.register(async (pages: HttpApp) => uiRoutes(pages));
  loginRoutes(app, deps);
  await app.register(async (byRight: HttpApp) => {
    admitByRight(byRight, deps.authorizer);
    keepAnswers(byRight, deps);
    aboutRoutes(byRight, deps);
    packagesRoutes(byRight, deps);
    peersRoutes(byRight, deps);
    systemRoutes(byRight, deps);
    deadLettersRoutes(byRight, deps);
    eventsRoutes(byRight, deps);
    streamRoutes(byRight, deps);
    const counting = { ...deps, countCoverage: createCountCoverage(deps.clients, deps.clock) };
    packagesV1Routes(byRight, counting);
    compareRevisionsRoute(byRight, deps);
    coverageV1Routes(byRight, counting);
    packageActsRoutes(byRight, deps);
    bulkRoutes(byRight, deps);
    conflictsRoutes(byRight, deps);
    peersV1Routes(byRight, deps);
    heldChangesRoutes(byRight, deps);
    transfersRoutes(byRight, deps);
    serversV1Routes(byRight, deps);
    projectionsRoutes(byRight, deps);
    settingsRoutes(byRight, deps);
    sessionRoutes(byRight, deps);
    accountsRoutes(byRight, deps);
    tokensRoutes(byRight, deps);
    auditRoutes(byRight, deps);
    activityRoutes(byRight, deps);
    systemV1Routes(byRight, deps);
    supportBundleRoute(byRight, deps);
    trashRoutes(byRight, deps);
  });
  await app.register(async (peers: HttpApp) => federationRoutes(peers, deps));
  for (const routes of deps.routes ?? []) await app.register(routes);
  return app;
}
