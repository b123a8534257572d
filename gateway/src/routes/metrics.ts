import { BlockList, isIPv6 } from 'node:net';
import { readMetrics, routeOf } from '@odst/api';
import { type HttpApp, isForwarded } from '@odst/http';
import type { FastifyRequest } from 'fastify';
import { actionOf } from '../admission.ts';
import type { RouteDeps } from '../route-deps.ts';

const loopback = new BlockList();
loopback.addSubnet('127.0.0.0', 8, 'ipv4');
loopback.addAddress('::1', 'ipv6');

/** A page of another site in a browser of this machine would bring that site's name. */
const ownNames = ['localhost', '127.0.0.1', '[::1]'];

/**
 * `GET /metrics` in the text format of Prometheus, for who has the right of a viewer. A server that is meant for its own machine alone
 * gives them to programs there without a login. Any other may have a proxy in front whose requests look as if they came from here.
 */
export function metricsRoutes(app: HttpApp, { metrics, authorizer, localOnly }: RouteDeps): void {
  app.route({
    ...routeOf(readMetrics),
    onRequest: async (request) => {
      if (!(localOnly && isFromHere(request))) await authorizer.authorize(request, actionOf(request));
    },
    handler: async (_request, reply) =>
      reply
        .header('cache-control', 'no-store')
        .type(metrics.contentType)
        .send(await metrics.page()),
  });
}

/** A program of this machine that came directly: nothing of a proxy is in the request, and it names this machine. */
function isFromHere(request: FastifyRequest): boolean {
  const { remoteAddress = '' } = request.socket;
  const isLocal = loopback.check(remoteAddress, isIPv6(remoteAddress) ? 'ipv6' : 'ipv4');
  return isLocal && !isForwarded(request) && ownNames.includes(request.hostname.toLowerCase());
}
