import { listHistory, listPackages, listRevisions, readPackage, routeOf } from '@odst/api';
import type { HistoryEntry, Revision } from '@odst/contracts/catalog';
import type { HttpApp } from '@odst/http';
import { OdstError, stages } from '@odst/kernel';
import { principalOf } from '../../admission.ts';
import type { RouteDeps } from '../../route-deps.ts';
import { oneOf, textOrNull, timeOf } from '../../wire.ts';
import { contentResource, packageOf, packageResource } from './package-resource.ts';

/** `GET /api/v1/packages`, `GET /api/v1/packages/{id}`, `GET /api/v1/packages/{id}/revisions` and `GET /api/v1/packages/{id}/history`. */
export function packagesV1Routes(app: HttpApp, { clients }: RouteDeps): void {
  app.route({
    ...routeOf(listPackages),
    handler: async (request) => {
      const { stage = '', status = '', q: query = '', sort, deleted, conflict, trash, awaitsConfirmation } = request.query;
      const { limit, after = '' } = request.query;
      if (deleted === 'true' && status !== '' && status !== 'Deleted') {
        throw new OdstError('COMMON_REQUEST_INVALID', `nothing that is deleted is ${status}`, { pointer: '/status' });
      }
      const wanted = {
        ...{ stage, status: deleted === 'true' ? 'Deleted' : status, query, sort, after, limit },
        ...{ inConflict: conflict === 'true', inTrash: trash === 'true', servedOnly: false },
        awaitingConfirmation: awaitsConfirmation === 'true',
      };
      const { packages, next } = await clients.packages.listPackages(wanted, { caller: principalOf(request) });
      return { items: packages.map(packageResource), next: textOrNull(next) };
    },
  });

  app.route({
    ...routeOf(readPackage),
    handler: async (request, reply) => {
      const wanted = { reference: request.params.id, alsoDeleted: true };
      const found = packageOf(await clients.packages.getPackage(wanted, { caller: principalOf(request) }));
      return reply.header('etag', `"${found.version}"`).send(packageResource(found));
    },
  });

  app.route({
    ...routeOf(listRevisions),
    handler: async (request) => {
      const { revisions } = await clients.packages.listRevisions(request.params, { caller: principalOf(request) });
      return { items: revisions.map(revisionResource), next: null };
    },
  });

  app.route({
    ...routeOf(listHistory),
    handler: async (request) => {
      const { entries } = await clients.packages.listHistory(request.params, { caller: principalOf(request) });
      return { items: entries.map(historyResource), next: null };
    },
  });
}

function revisionResource({ stage, content, act, actor, changedBy, changedAt, stands, isHere, trashedAt }: Revision) {
  if (content === undefined) throw new OdstError('COMMON_INTERNAL', 'catalog told of a revision without its content');
  return {
    stage: oneOf(stages, stage),
    ...contentResource(content),
    ...{ changedAt: timeOf(changedAt), changedBy, actor, act, stands, isHere },
    trashedAt: trashedAt?.toISOString() ?? null,
  };
}

function historyResource({ eventId, type, recordedAt, actor, changedBy, data }: HistoryEntry) {
  return {
    ...{ id: eventId, type, recordedAt: timeOf(recordedAt), actor },
    changedBy: textOrNull(changedBy),
    data: JSON.parse(data) as object,
  };
}
