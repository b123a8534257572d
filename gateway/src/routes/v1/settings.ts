import { changeSettings, readIdentity, readSettings, renewIdentity, rotateKey, routeOf } from '@odst/api';
import type { Server } from '@odst/contracts/registration';
import type { HttpApp } from '@odst/http';
import { OdstError, stages } from '@odst/kernel';
import { principalOf } from '../../admission.ts';
import type { RouteDeps } from '../../route-deps.ts';
import { oneOf } from '../../wire.ts';

const deletionPolicies = ['follow', 'ask'] as const;

/** `GET` and `PATCH /api/v1/settings`, `POST /api/v1/settings/key/rotate`, `GET` and `POST /api/v1/identity`. */
export function settingsRoutes(app: HttpApp, { clients }: RouteDeps): void {
  app.route({
    ...routeOf(readSettings),
    handler: async (request) => {
      const caller = principalOf(request);
      const [{ server }, { warnings }] = await Promise.all([
        clients.server.getServer({}, { caller }),
        clients.server.checkUrl({}, { caller }),
      ]);
      return settingsResource(server, warnings);
    },
  });

  app.route({
    ...routeOf(changeSettings),
    handler: async (request) => {
      const { name, url, stage, firewalledMode, deletions, trashDays } = request.body;
      const changes = { name, url, stage, firewalledMode, deletions, trashDays };
      const { server, warnings } = await clients.server.updateSettings(changes, { caller: principalOf(request) });
      return settingsResource(server, warnings);
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

function settingsResource(server: Server | undefined, warnings: readonly string[]) {
  const { iss, name, url, stage, firewalledMode, policy } = presentServer(server);
  if (policy === undefined) throw new OdstError('COMMON_INTERNAL', 'registration told no policy');
  const { trashDays } = policy;
  const deletions = oneOf(deletionPolicies, policy.deletions);
  return { iss, name, url, stage: oneOf(stages, stage), firewalledMode, deletions, trashDays, warnings: [...warnings] };
}

function presentServer(server: Server | undefined): Server {
  if (server === undefined) throw new OdstError('COMMON_SERVICE_UNAVAILABLE', 'the server has no identity yet');
  return server;
}
