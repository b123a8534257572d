import { readSupportBundle, routeOf, supportParts } from '@odst/api';
import { type HttpApp, sessionCookieOf, setSessionCookie } from '@odst/http';
import type { FastifyRequest } from 'fastify';
import type { RouteDeps } from '../../route-deps.ts';

/**
 * `GET /api/v1/system/support-bundle`. Each part is what its own route answers to this caller, and nothing besides: what may be in it is
 * decided there, by role and by schema, and no key, password or token is in any of these answers.
 */
export function supportBundleRoute(app: HttpApp, { clock }: Pick<RouteDeps, 'clock'>): void {
  app.route({
    ...routeOf(readSupportBundle),
    handler: async (request, reply) => {
      const ask = (url: string) => app.inject({ method: 'GET', url, headers: credentialOf(request), remoteAddress: request.ip });
      const part = async (url: string): Promise<Record<string, unknown>> => {
        const answer = await ask(url);
        const told = answer.json<Record<string, unknown>>();
        return answer.statusCode === 200 ? told : { refused: told };
      };
      const health = await ask(supportParts.health);
      const gatheredAt = clock.now().toISOString();
      reply.header('cache-control', 'no-store');
      reply.header('content-disposition', `attachment; filename="odst-support-${gatheredAt.slice(0, 10)}.json"`);
      return {
        gatheredAt,
        health: { isReady: health.statusCode === 200, lines: health.body.split('\n').filter((line) => line !== '') },
        // One after the other: whoever has trouble is not to get more of it.
        system: await part(supportParts.system),
        history: await part(supportParts.history),
        settings: await part(supportParts.settings),
        servers: await part(supportParts.servers),
        peers: await part(supportParts.peers),
        transfers: await part(supportParts.transfers),
        conflicts: await part(supportParts.conflicts),
        deadLetters: await part(supportParts.deadLetters),
        readModels: await part(supportParts.readModels),
        coverage: await part(supportParts.coverage),
        activity: await part(supportParts.activity),
      };
    },
  });
}

/** The credential of a request, and nothing besides. */
function credentialOf(request: FastifyRequest): Record<string, string> {
  const { authorization, host = '' } = request.headers;
  if (authorization !== undefined) return { host, authorization };
  // What is asked within the process comes over no TLS, with which the cookie has another name.
  const [cookie = ''] = setSessionCookie({ protocol: 'http' }, sessionCookieOf(request)).split(';');
  return { host, cookie };
}
