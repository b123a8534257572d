import { changeSettings, readIdentity, readSettings, renewIdentity, rotateKey, routeOf } from '@odst/api';
import type { Server } from '@odst/contracts/registration';
import type { HttpApp } from '@odst/http';
import { OdstError, stages } from '@odst/kernel';
import type { FastifyReply } from 'fastify';
import { principalOf } from '../../admission.ts';
import { expectedVersion, underIfMatch, versionTag } from '../../preconditions.ts';
import type { RouteDeps } from '../../route-deps.ts';
import { oneOf } from '../../wire.ts';

const deletionPolicies = ['follow', 'ask'] as const;

/** `GET` and `PATCH /api/v1/settings`, `POST /api/v1/settings/key/rotate`, `GET` and `POST /api/v1/identity`. */
export function settingsRoutes(app: HttpApp, { clients }: RouteDeps): void {
  app.route({
    ...routeOf(readSettings),
    handler: async (request, reply) => {
      const caller = principalOf(request);
      const [{ server }, { warnings }] = await Promise.all([
        clients.server.getServer({}, { caller }),
        clients.server.checkUrl({}, { caller }),
      ]);
      return sendSettings(reply, server, warnings);
    },
  });

  app.route({
    ...routeOf(changeSettings),
    handler: async (request, reply) => {
      const { name, url, stage, firewalledMode, deletions, trashDays } = request.body;
      const expected = expectedVersion(request);
      const changes = { name, url, stage, firewalledMode, deletions, trashDays, expectedVersion: expected };
      const change = clients.server.updateSettings(changes, { caller: principalOf(request) });
      const { server, warnings } = await underIfMatch(expected, change);
      return sendSettings(reply, server, warnings);
    },
  });

  app.route({
    ...routeOf(rotateKey),
    handler: async (request, reply) => {
      const { key } = await clients.server.rotateInvitation({}, { caller: principalOf(request) });
      reply.header('cache-control', 'no-store');
      return { key };
    },
  });

  app.route({
    ...routeOf(readIdentity),
    handler: async (request, reply) => {
      const caller = principalOf(request);
      const [{ server }, { key }] = await Promise.all([
        clients.server.getServer({}, { caller }),
        clients.server.getInvitation({}, { caller }),
      ]);
      reply.header('cache-control', 'no-store');
      const { iss, name, url } = presentServer(server);
      return { iss, name, url, key };
    },
  });

  app.route({
    ...routeOf(renewIdentity),
    handler: async (request) => {
      const dryRun = request.query.dryRun === 'true';
      const { iss, peers } = await clients.server.renewIdentity({ dryRun }, { caller: principalOf(request) });
      return { iss, peers: [...peers], atNextStart: !dryRun };
    },
  });
}

function sendSettings(reply: FastifyReply, server: Server | undefined, warnings: readonly string[]) {
  const { iss, name, url, stage, firewalledMode, policy, version } = presentServer(server);
  if (policy === undefined) throw new OdstError('COMMON_INTERNAL', 'registration told no policy');
  const { trashDays } = policy;
  const deletions = oneOf(deletionPolicies, policy.deletions);
  reply.header('etag', versionTag(version));
  const shown = { iss, name, url, stage: oneOf(stages, stage), firewalledMode, deletions, trashDays };
  return { ...shown, version: Number(version), warnings: [...warnings] };
}

function presentServer(server: Server | undefined): Server {
  if (server === undefined) throw new OdstError('COMMON_SERVICE_UNAVAILABLE', 'the server has no identity yet');
  return server;
}
