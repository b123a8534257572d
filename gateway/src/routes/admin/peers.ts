import { listRegisteredOds, registerPeer, routeOf } from '@odst/api';
import type { HttpApp } from '@odst/http';
import { stages } from '@odst/kernel';
import { principalOf } from '../../admission.ts';
import type { RouteDeps } from '../../route-deps.ts';
import { adminTime, unixSeconds } from '../../times.ts';
import { oneOf, withWarnings } from '../../wire.ts';

/** A registration waits for the remote server's answer, which waits for its disk. */
const registrationTimeoutMs = 30_000;

/** `POST /api/admin/register` and `GET /api/admin/registered_ods`. */
export function peersRoutes(app: HttpApp, { clients }: RouteDeps): void {
  app.route({
    ...routeOf(registerPeer),
    handler: async (request, reply) => {
      const { url, iss_id: issId, key } = request.body;
      const options = { caller: principalOf(request), timeoutMs: registrationTimeoutMs };
      const { warnings } = await clients.peers.registerPeer({ url, issId, key }, options);
      return withWarnings(reply, warnings).code(201).type('text/html; charset=utf-8').send('');
    },
  });

  app.route({
    ...routeOf(listRegisteredOds),
    handler: async (request) => {
      const { peers } = await clients.peers.listPeers({}, { caller: principalOf(request) });
      const items = peers.map((peer) => {
        const registeredAt = peer.registeredAt ?? new Date(0);
        return {
          firewalled_mode: peer.firewalledMode,
          id: peer.id,
          name: peer.name,
          registered_on: adminTime(registeredAt),
          registered_on_ts: unixSeconds(registeredAt),
          stage: oneOf(stages, peer.stage),
          url: peer.url,
        };
      });
      return { items };
    },
  });
}
