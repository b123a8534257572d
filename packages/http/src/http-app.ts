import { randomUUID } from 'node:crypto';
import { OdstError } from '@odst/kernel';
import type { ListenerTls, ReadinessSnapshot } from '@odst/service-host';
import type { Logger, Metrics } from '@odst/telemetry';
import fastify, { type FastifyBaseLogger, type FastifyInstance } from 'fastify';
import { refuseLateBodies } from './body-deadline.ts';
import { answerClientError, followConnections } from './client-errors.ts';
import { takePlainOnly } from './content-coding.ts';
import { answerHalfClosed } from './half-closed.ts';
import { healthRoutes } from './health-routes.ts';
import { takeJsonOnly } from './json-body.ts';
import { closeUnlessRead, lingerAtClose } from './lingering-close.ts';
import { installProblemDetails, sendProblem } from './problem-handlers.ts';
import { logAborts, RequestLog } from './request-log.ts';
import { traceRequests } from './request-spans.ts';
import { headFault, takeTarget } from './request-target.ts';
import { type HttpApp, refuseStrangeBodies, takeSchemas } from './schemas.ts';
import { protect, protectAnswers } from './security-headers.ts';
import { httpOptions, tlsServerFactory } from './tls-server.ts';
import { answerUnknownRoutes } from './unknown-routes.ts';

/** Of {@link buildHttpApp}. */
export type HttpAppOptions = {
  readonly logger: Logger;
  /** Where the duration of each request goes. Default nowhere */
  readonly metrics?: Pick<Metrics, 'observe'> | undefined;
  /** For `/readyz`. */
  readonly readiness: () => ReadinessSnapshot;
  /** Addresses and networks of the proxies whose `X-Forwarded-For` tells the client's address. Default none */
  readonly trustedProxies?: readonly string[] | undefined;
  /** What the listener speaks TLS with. Default plain http */
  readonly tls?: ListenerTls | undefined;
};

/** File names have up to 255 bytes, three characters each when percent-encoded. */
const maxParamLength = 1_000;
const bodyLimitBytes = 1_048_576;
/** Browsers ask for nothing but https for this long. */
const strictTransport = `max-age=${365 * 86_400}`;

/**
 * Builds the application of an HTTP listener with what all of them share, so that a route behaves the same on each:
 * problem details, limits, health, and who counts as the client. Nothing listens yet.
 */
export function buildHttpApp({ logger, metrics, readiness, trustedProxies = [], tls }: HttpAppOptions): HttpApp {
  const app: HttpApp = fastify({
    // Its own, as `listen` changes the level.
    loggerInstance: logger.child({}) as FastifyBaseLogger,
    logController: new RequestLog(),
    genReqId: () => randomUUID(),
    bodyLimit: bodyLimitBytes,
    routerOptions: { maxParamLength },
    rewriteUrl: takeTarget,
    // Uploads of 15 GB over slow lines take hours; the data plane has limits of its own.
    requestTimeout: 0,
    forceCloseConnections: true,
    clientErrorHandler: (error, socket) => answerClientError(error, socket, logger),
    ...(tls === undefined ? { http: httpOptions } : { https: {}, serverFactory: tlsServerFactory(tls, logger) }),
    frameworkErrors: (error, request, reply) => {
      // No hook runs for these.
      protect(reply.raw);
      closeUnlessRead(request.raw, reply);
      void sendProblem(request, reply, error);
    },
    trustProxy: trustedProxies.length > 0 && [...trustedProxies],
  });
  protectAnswers(app);
  takeSchemas(app);
  if (tls !== undefined) askForTlsOnly(app);
  refuseStrangeBodies(app);
  followConnections(app.server, logger);
  lingerAtClose(app);
  answerHalfClosed(app);
  traceRequests(app);
  logAborts(app);
  if (metrics !== undefined) measureRequests(app, metrics);
  installProblemDetails(app);
  refuseStrangeHeads(app);
  answerUnknownRoutes(app);
  takeJsonOnly(app);
  refuseLateBodies(app);
  takePlainOnly(app);
  healthRoutes(app, readiness);
  return app;
}

/** Tells browsers to, at the beginning of each answer, as not all come through Fastify. */
function askForTlsOnly(app: FastifyInstance): void {
  app.addHook('onRequest', ({ hostname }, reply, done) => {
    // Of one's own machine, it would keep a browser from all else that serves there.
    if (hostname !== 'localhost') reply.header('strict-transport-security', strictTransport);
    done();
  });
}

function refuseStrangeHeads(app: FastifyInstance): void {
  app.addHook('onRequest', ({ raw }, reply, done) => {
    const fault = headFault(raw);
    if (fault === undefined) return done();
    reply.header('connection', 'close');
    return done(new OdstError('COMMON_REQUEST_MALFORMED', fault));
  });
}

/** Observes how long each request takes; by the pattern of its route, since paths have names of packages in them. */
function measureRequests(app: FastifyInstance, metrics: Pick<Metrics, 'observe'>): void {
  app.addHook('onResponse', async ({ method, routeOptions }, reply) => {
    const status = `${Math.floor(reply.statusCode / 100)}xx`;
    const labels = { method, route: routeOptions.url ?? 'unknown', status };
    metrics.observe('odst_http_request_duration_seconds', labels, reply.elapsedTime / 1_000);
  });
}
