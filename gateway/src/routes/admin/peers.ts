import type { FastifyInstance } from 'fastify';
import { createAdmission } from '../../auth/admission.ts';
import type { RouteDeps } from '../../route-deps.ts';
import { adminTime, unixSeconds } from '../../times.ts';

type Registration = { url: string; iss_id: string; key: string };

const registrationSchema = {
  type: 'object',
  required: ['url', 'iss_id', 'key'],
  properties: { url: { type: 'string' }, iss_id: { type: 'string' }, key: { type: 'string' } },
};

/** A registration waits for the remote server's answer, which waits for its disk. */
const registrationTimeoutMs = 30_000;

/** `POST /api/admin/register` and `GET /api/admin/registered_ods`. */
export function peersRoutes(app: FastifyInstance, { clients, authorizer }: RouteDeps): void {
  const { onRequest, principalOf } = createAdmission(authorizer, 'peers:register');
  app.post<{ Body: Registration }>(
    '/api/admin/register',
    { onRequest, schema: { body: registrationSchema } },
    async (request, reply) => {
      const { url, iss_id: issId, key } = request.body;
      await clients.peers.registerPeer({ url, issId, key }, { context: principalOf(request), timeoutMs: registrationTimeoutMs });
      return reply.code(201).type('text/html; charset=utf-8').send('');
    },
  );

  app.get('/api/admin/registered_ods', async (request) => {
    const context = await authorizer.authorize(request, 'peers:read');
    const { peers } = await clients.peers.listPeers({}, { context });
    const items = peers.map((peer) => {
      const registeredAt = peer.registeredAt ?? new Date(0);
      return {
        firewalled_mode: peer.firewalledMode,
        id: peer.id,
        name: peer.name,
        registered_on: adminTime(registeredAt),
        registered_on_ts: unixSeconds(registeredAt),
        stage: peer.stage,
        url: peer.url,
      };
    });
    return { items };
  });
}
