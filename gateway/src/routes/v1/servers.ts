import { listServers, routeOf } from '@odst/api';
import type { KnownServer } from '@odst/contracts/registration';
import type { HttpApp } from '@odst/http';
import { OdstError, stages } from '@odst/kernel';
import { principalOf } from '../../admission.ts';
import type { RouteDeps } from '../../route-deps.ts';
import { oneOf, textOrNull } from '../../wire.ts';

/** `GET /api/v1/servers`. */
export function serversV1Routes(app: HttpApp, { clients }: RouteDeps): void {
  app.route({
    ...routeOf(listServers),
    handler: async (request) => {
      const { servers } = await clients.server.listServers({}, { caller: principalOf(request) });
      return { items: servers.map(resource), next: null };
    },
  });
}

function resource({ profile, relation, introducedBy, since }: KnownServer) {
  if (profile === undefined) throw new OdstError('COMMON_INTERNAL', 'registration told of a server without its profile');
  const { iss, name, url, stage, firewalledMode, stamp } = profile;
  return {
    iss,
    name,
    url: textOrNull(url),
    stage: oneOf(stages, stage),
    firewalledMode,
    relation: oneOf(['self', 'peer', 'introduced', 'former'], relation),
    introducedBy: textOrNull(introducedBy),
    since: since?.toISOString() ?? null,
    signedAt: new Date(Number(stamp)).toISOString(),
  };
}
