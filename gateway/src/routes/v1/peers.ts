import { changePeer, createPeer, listPeers, readPeer, routeOf, syncPeer, unregisterPeer } from '@odst/api';
import type { Peer } from '@odst/contracts/registration';
import type { PeerState } from '@odst/contracts/sync';
import type { HttpApp } from '@odst/http';
import { type Caller, isOdstError, OdstError, stages } from '@odst/kernel';
import type { FastifyReply } from 'fastify';
import { principalOf } from '../../admission.ts';
import type { Clients } from '../../clients.ts';
import { contains, numberKey, pageOf } from '../../pages.ts';
import { expectedVersion, underIfMatch, versionTag } from '../../preconditions.ts';
import type { RouteDeps } from '../../route-deps.ts';
import { type ServerNames, serverNames } from '../../server-names.ts';
import { oneOf, textOrNull, timeOf } from '../../wire.ts';
import { comparisonOf, comparisonWarnings } from './comparisons.ts';
import { heldBackOf, heldWarnings } from './held-changes.ts';

/** Clocks further apart are worth an admin's look, though nothing breaks. */
const skewWarningMs = 5_000;

/** A registration waits for the remote server's answer, which waits for its disk. */
const registrationTimeoutMs = 30_000;

/** Unregistering tells the peer, for 5 s at most. */
const unregisterTimeoutMs = 15_000;

/** Beside the wait for a comparison. */
const syncSlackMs = 5_000;

/** `GET` and `POST /api/v1/peers`, `GET`, `PATCH` and `DELETE /api/v1/peers/{id}`, and `POST /api/v1/peers/{id}/sync`. */
export function peersV1Routes(app: HttpApp, { clients }: RouteDeps): void {
  const list = async (caller: Caller) => {
    const [{ peers }, { states }] = await Promise.all([
      clients.peers.listPeers({}, { caller }),
      clients.feed.listPeerStates({}, { caller }),
    ]);
    const stateOf = new Map(states.map((state) => [state.peerIss, state]));
    const signers = states.flatMap(({ heldBackReasons }) => heldBackReasons.map(({ signedBy }) => signedBy));
    const names = await serverNames(clients, caller, signers);
    return peers.map((peer) => resource(peer, stateOf.get(peer.iss), names));
  };
  const read = async (id: number, caller: Caller) => {
    const peer = (await list(caller)).find((candidate) => candidate.id === id);
    if (peer === undefined) throw new OdstError('REGISTRATION_PEER_UNKNOWN', `there is no peer ${id}`);
    return peer;
  };

  app.route({
    ...routeOf(listPeers),
    handler: async (request) => {
      const { q, state, ...page } = request.query;
      const found = (await list(principalOf(request))).filter(
        (peer) => (state === undefined || peer.state === state) && contains(q, [peer.name, peer.url, peer.iss]),
      );
      return pageOf('peers', found, page, ({ id }) => numberKey(id));
    },
  });

  registrationRoute(app, clients, read);

  app.route({
    ...routeOf(readPeer),
    handler: async (request, reply) => send(reply, await read(request.params.id, principalOf(request))),
  });

  app.route({
    ...routeOf(changePeer),
    handler: async (request, reply) => {
      const caller = principalOf(request);
      const { id } = request.params;
      const { stageCap, introduces, paused, reason = '' } = request.body;
      const expected = expectedVersion(request);
      if (stageCap !== undefined || introduces !== undefined || expected > 0n) {
        const change = { id, stageCap, introduces, expectedVersion: expected };
        await underIfMatch(expected, clients.peers.updatePeer(change, { caller }));
      }
      if (paused !== undefined) {
        const { iss: peerIss } = await read(id, caller);
        await clients.transfers.pausePeer({ peerIss, paused, reason }, { caller });
      }
      return send(reply, await read(id, caller));
    },
  });

  app.route({
    ...routeOf(unregisterPeer),
    handler: async (request, reply) => {
      const { id } = request.params;
      const expected = expectedVersion(request);
      const end = { id, block: request.query.block === 'true', expectedVersion: expected };
      const options = { caller: principalOf(request), timeoutMs: unregisterTimeoutMs };
      await underIfMatch(expected, clients.peers.unregisterPeer(end, options));
      return reply.code(204).send();
    },
  });

  app.route({
    ...routeOf(syncPeer),
    handler: async (request, reply) => {
      const caller = principalOf(request);
      const { id } = request.params;
      const { iss } = await read(id, caller);
      const waitMs = 1_000 * request.query.wait;
      const { comparison } = await clients.feed.syncPeer({ peerIss: iss, waitMs }, { caller, timeoutMs: waitMs + syncSlackMs });
      if (comparison === undefined) return reply.code(202).send({ id, comparison: null });
      return reply.code(200).send({ id, comparison: comparisonOf(comparison) });
    },
  });
}

/** `POST /api/v1/peers`. */
function registrationRoute(
  app: HttpApp,
  clients: Clients,
  read: (id: number, caller: Caller) => Promise<ReturnType<typeof resource>>,
): void {
  app.route({
    ...routeOf(createPeer),
    handler: async (request, reply) => {
      const caller = principalOf(request);
      const { url, iss: issId, key } = request.body;
      const registering = clients.peers.registerPeer({ url, issId, key }, { caller, timeoutMs: registrationTimeoutMs });
      const { peer, warnings, wasRegistered } = await registering.catch(pointToField);
      if (peer === undefined) throw new OdstError('COMMON_INTERNAL', 'registration told of no peer');
      const made = await read(peer.id, caller);
      reply.code(wasRegistered ? 200 : 201);
      return send(reply, { ...made, warnings: [...new Set([...warnings, ...made.warnings])] });
    },
  });
}

/** Registration speaks of the fields of the Admin API, and of those of this server's own settings. */
function pointToField(error: unknown): never {
  if (!isOdstError(error)) throw error;
  const { pointer, ...details } = error.details;
  const field = error.code === 'REGISTRATION_SERVER_BLOCKED' || pointer === '/iss_id' ? '/iss' : pointer;
  const isOwn = error.code === 'REGISTRATION_SETTING_INVALID' || field === undefined;
  throw new OdstError(error.code, error.message, isOwn ? details : { ...details, pointer: field }, { cause: error });
}

/** Whether a peer answers, and all that it told is here. */
function isInStep(state: PeerState | undefined): boolean {
  return state?.state === 'online' && state.behind === 0 && state.heldBack === 0 && state.lastError === '';
}

function send<Shown extends { readonly version: number }>(reply: FastifyReply, peer: Shown): Shown {
  reply.header('etag', versionTag(BigInt(peer.version)));
  return peer;
}

function resource(peer: Peer, state: PeerState | undefined, names: ServerNames) {
  const clockOffsetMs = Number(peer.clockOffsetMs);
  return {
    id: peer.id,
    iss: peer.iss,
    name: peer.name,
    url: peer.url,
    stage: oneOf(stages, peer.stage),
    firewalledMode: peer.firewalledMode,
    registeredAt: timeOf(peer.registeredAt),
    clockOffsetMs,
    stageCap: oneOf(stages, peer.stageCap),
    introduces: peer.introduces,
    version: Number(peer.version),
    warnings: [
      ...(Math.abs(clockOffsetMs) > skewWarningMs ? [`the clocks differ by ${Math.round(clockOffsetMs / 1_000)} s`] : []),
      ...(peer.url.startsWith('http:') ? ['the connection is not encrypted'] : []),
      ...heldWarnings(state, names),
      ...comparisonWarnings(state?.comparison),
    ],
    state: oneOf(['online', 'offline', 'unknown'], state?.state ?? 'unknown'),
    lastAnswerAt: state?.lastAnswerAt?.toISOString() ?? null,
    inStep: isInStep(state),
    behind: state?.behind ?? null,
    readToEndAt: state?.readToEndAt?.toISOString() ?? null,
    restoredAt: state?.restoredAt?.toISOString() ?? null,
    lastError: textOrNull(state?.lastError ?? ''),
    failedTries: state?.failedTries ?? 0,
    nextTryAt: state?.nextTryAt?.toISOString() ?? null,
    ...heldBackOf(state, names),
    comparison: state?.comparison === undefined ? null : comparisonOf(state.comparison),
    comparing: state?.isComparing ?? false,
    queuedTransfers: state?.queuedTransfers ?? 0,
    backlogBytes: Number(state?.backlogBytes ?? 0),
    rateBytesPerSecond: Number(state?.rateBytesPerSecond ?? 0),
    paused: state?.pause !== undefined,
    pausedBy: textOrNull(state?.pause?.by ?? ''),
    pauseReason: textOrNull(state?.pause?.reason ?? ''),
  };
}
