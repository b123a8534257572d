import { listHistory, listPackages, listRevisions, readPackage, routeOf } from '@odst/api';
import type { HistoryEntry, Revision } from '@odst/contracts/catalog';
import type { HttpApp } from '@odst/http';
import { OdstError, stages } from '@odst/kernel';
import { principalOf } from '../../admission.ts';
import { hasVersion } from '../../preconditions.ts';
import type { RouteDeps } from '../../route-deps.ts';
import { type ServerNames, serverNames } from '../../server-names.ts';
import { oneOf, textOrNull, timeOf } from '../../wire.ts';
import { contentResource, packageOf, packageResource, serversOf } from './package-resource.ts';

/** `GET /api/v1/packages`, `GET /api/v1/packages/{id}`, `GET /api/v1/packages/{id}/revisions` and `GET /api/v1/packages/{id}/history`. */
export function packagesV1Routes(app: HttpApp, { clients }: RouteDeps): void {
  app.route({
    ...routeOf(listPackages),
    handler: async (request) => {
      const { stage = '', status = '', q: query = '', sort, deleted, conflict, trash, awaitsConfirmation } = request.query;
      const { limit, after = '' } = request.query;
      if (deleted === 'true' && status !== '' && status !== 'Deleted') {
        throw new OdstError('COMMON_REQUEST_INVALID', `status ${status} and deleted exclude each other: give one of them`, {
          pointer: '/status',
        });
      }
      const wanted = {
        ...{ stage, status: deleted === 'true' ? 'Deleted' : status, query, sort, after, limit },
        ...{ inConflict: conflict === 'true', inTrash: trash === 'true', servedOnly: false },
        awaitingConfirmation: awaitsConfirmation === 'true',
      };
      const caller = principalOf(request);
      const { packages, next } = await clients.packages.listPackages(wanted, { caller });
      const names = await serverNames(clients, caller, packages.flatMap(serversOf));
      return { items: packages.map((one) => packageResource(one, names)), next: textOrNull(next) };
    },
  });

  app.route({
    ...routeOf(readPackage),
    handler: async (request, reply) => {
      const wanted = { reference: request.params.id, alsoDeleted: true };
      const caller = principalOf(request);
      const found = packageOf(await clients.packages.getPackage(wanted, { caller }));
      if (hasVersion(request, reply, found.version)) return reply.code(304).send();
      const names = await serverNames(clients, caller, serversOf(found));
      return packageResource(found, names);
    },
  });

  app.route({
    ...routeOf(listRevisions),
    handler: async (request) => {
      const caller = principalOf(request);
      const { revisions } = await clients.packages.listRevisions(request.params, { caller });
      const names = await serverNames(
        clients,
        caller,
        revisions.map(({ changedBy }) => changedBy),
      );
      return { items: revisions.map((one) => revisionResource(one, names)), next: null };
    },
  });

  app.route({
    ...routeOf(listHistory),
    handler: async (request) => {
      const caller = principalOf(request);
      const { entries } = await clients.packages.listHistory(request.params, { caller });
      const names = await serverNames(
        clients,
        caller,
        entries.map(({ changedBy }) => changedBy),
      );
      return { items: entries.map((one) => historyResource(one, names)), next: null };
    },
  });
}

function revisionResource(revision: Revision, names: ServerNames) {
  const { stage, content, act, actor, changedBy, changedAt, stands, isHere, trashedAt } = revision;
  if (content === undefined) throw new OdstError('COMMON_INTERNAL', 'catalog told of a revision without its content');
  return {
    stage: oneOf(stages, stage),
    ...contentResource(content),
    ...{ changedAt: timeOf(changedAt), changedBy, changedByName: names.get(changedBy) ?? null, actor, act, stands, isHere },
    trashedAt: trashedAt?.toISOString() ?? null,
  };
}

function historyResource({ eventId, type, recordedAt, actor, changedBy, data }: HistoryEntry, names: ServerNames) {
  return {
    ...{ id: eventId, type, recordedAt: timeOf(recordedAt), actor },
    changedBy: textOrNull(changedBy),
    changedByName: names.get(changedBy) ?? null,
    data: JSON.parse(data) as object,
  };
}
