import { OdstError } from '@odst/kernel';
import type { FastifyInstance } from 'fastify';
import type { RouteDeps } from '../../route-deps.ts';
import { queryOf } from './query.ts';

/** Clocks further apart are worth an admin's look, though nothing breaks. */
const skewWarningMs = 5_000;

/** `GET /api/v1/peers`, `DELETE /api/v1/peers/{id}` and `POST /api/v1/peers/{id}/sync`. */
export function peersV1Routes(app: FastifyInstance, { clients, authorizer }: RouteDeps): void {
  app.get('/api/v1/peers', async (request) => {
    const context = await authorizer.authorize(request, 'peers:read');
    queryOf(request);
    const [{ peers }, { states }] = await Promise.all([
      clients.peers.listPeers({}, { context }),
      clients.feed.listPeerStates({}, { context }),
    ]);
    const stateOf = new Map(states.map((state) => [state.peerIss, state]));
    const items = peers.map((peer) => {
      const state = stateOf.get(peer.iss);
      const clockOffsetMs = Number(peer.clockOffsetMs);
      return {
        id: peer.id,
        iss: peer.iss,
        name: peer.name,
        url: peer.url,
        stage: peer.stage,
        firewalledMode: peer.firewalledMode,
        registeredAt: peer.registeredAt?.toISOString(),
        clockOffsetMs,
        warnings: [
          ...(Math.abs(clockOffsetMs) > skewWarningMs ? [`the clocks differ by ${Math.round(clockOffsetMs / 1_000)} s`] : []),
          ...(peer.url.startsWith('http:') ? ['the connection is not encrypted'] : []),
        ],
        state: state?.state ?? 'unknown',
        lastAnswerAt: state?.lastAnswerAt?.toISOString() ?? null,
        lastError: state?.lastError === '' ? null : (state?.lastError ?? null),
        nextTryAt: state?.nextTryAt?.toISOString() ?? null,
        queuedTransfers: state?.queuedTransfers ?? 0,
        backlogBytes: Number(state?.backlogBytes ?? 0),
      };
    });
    return { items, next: null };
  });

  app.delete<{ Params: { id: string } }>('/api/v1/peers/:id', async (request, reply) => {
    const context = await authorizer.authorize(request, 'peers:unregister');
    queryOf(request);
    await clients.peers.unregisterPeer({ id: peerId(request.params.id) }, { context });
    return reply.code(204).send();
  });

  app.post<{ Params: { id: string } }>('/api/v1/peers/:id/sync', async (request, reply) => {
    const context = await authorizer.authorize(request, 'peers:register');
    queryOf(request);
    const id = peerId(request.params.id);
    const { peers } = await clients.peers.listPeers({}, { context });
    const peer = peers.find((candidate) => candidate.id === id);
    if (peer === undefined) throw new OdstError('REGISTRATION_PEER_UNKNOWN', `there is no peer ${id}`);
    await clients.feed.syncPeer({ peerIss: peer.iss }, { context });
    return reply.code(202).send({ id });
  });
}

function peerId(text: string): number {
  if (/^[1-9]\d{0,8}$/.test(text)) return Number(text);
  throw new OdstError('REGISTRATION_PEER_UNKNOWN', `there is no peer ${text}: peers are named by their number here`);
}
