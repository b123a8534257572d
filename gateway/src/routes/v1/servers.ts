import { blockServer, listServers, retireServer, routeOf, unblockServer } from '@odst/api';
import type { KnownServer } from '@odst/contracts/registration';
import type { HttpApp } from '@odst/http';
import { OdstError, stages } from '@odst/kernel';
import { principalOf } from '../../admission.ts';
import { contains, pageOf } from '../../pages.ts';
import type { RouteDeps } from '../../route-deps.ts';
import { oneOf, textOrNull } from '../../wire.ts';

/** Blocking tells the server, for 5 s at most. */
const blockTimeoutMs = 15_000;

/** `GET /api/v1/servers`, and `POST /api/v1/servers/{iss}/block`, `…/unblock` and `…/retire`. */
export function serversV1Routes(app: HttpApp, { clients }: RouteDeps): void {
  app.route({
    ...routeOf(listServers),
    handler: async (request) => {
      const { servers } = await clients.server.listServers({}, { caller: principalOf(request) });
      const { q, relation, ...page } = request.query;
      const found = servers
        .map(resource)
        .filter(
          (one) => (relation === undefined || one.relation === relation) && contains(q, [one.name, one.url ?? '', one.iss]),
        );
      // This one first.
      const keyOf = ({ relation: of, name, iss }: (typeof found)[number]) =>
        JSON.stringify([of === 'self' ? 0 : 1, name.toLowerCase(), iss]);
      return pageOf('servers', found, page, keyOf);
    },
  });

  app.route({
    ...routeOf(blockServer),
    handler: async (request) => {
      const { iss } = request.params;
      const dryRun = request.query.dryRun === 'true';
      const options = { caller: principalOf(request), timeoutMs: blockTimeoutMs };
      const { server, ...outcome } = await clients.peers.blockServer({ iss, dryRun }, options);
      return { server: resource(server), ...outcome, done: !dryRun };
    },
  });

  app.route({
    ...routeOf(unblockServer),
    handler: async (request) => {
      const { iss } = request.params;
      const { server, wasBlocked } = await clients.peers.unblockServer({ iss }, { caller: principalOf(request) });
      return { server: resource(server), wasBlocked };
    },
  });

  app.route({
    ...routeOf(retireServer),
    // The reason may be left out, and the body with it.
    preValidation: async (request) => {
      request.body ??= { reason: '' };
    },
    handler: async (request) => {
      const { iss } = request.params;
      const { reason } = request.body;
      const { server, wasRetired } = await clients.peers.retireServer({ iss, reason }, { caller: principalOf(request) });
      return { server: resource(server), wasRetired };
    },
  });
}

function resource(server: KnownServer | undefined) {
  if (server?.profile === undefined) throw new OdstError('COMMON_INTERNAL', 'registration told of a server without its profile');
  const { profile, relation, introducedBy, since, blockedSince, retirement, retired, retiredByName } = server;
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
    blocked: blockedSince !== undefined,
    blockedSince: blockedSince?.toISOString() ?? null,
    signedAt: dateOf(stamp),
    retired,
    retirement:
      retirement === undefined
        ? null
        : {
            byIss: retirement.byIss,
            byName: textOrNull(retiredByName),
            actor: retirement.actor,
            reason: textOrNull(retirement.reason),
            at: dateOf(retirement.stamp),
          },
  };
}

function dateOf(stamp: bigint): string {
  return new Date(Number(stamp)).toISOString();
}
