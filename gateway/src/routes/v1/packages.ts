import { listHistory, listPackages, listRevisions, readPackage, routeOf } from '@odst/api';
import type { HistoryEntry, Revision } from '@odst/contracts/catalog';
import type { HttpApp } from '@odst/http';
import { type Caller, OdstError, stages } from '@odst/kernel';
import { principalOf } from '../../admission.ts';
import { type CountingDeps, countHeads } from '../../coverage-counts.ts';
import { latestKey, numberKey, pageOf } from '../../pages.ts';
import { hasVersion } from '../../preconditions.ts';
import { type ServerNames, serverNames } from '../../server-names.ts';
import { oneOf, textOrNull, timeOf } from '../../wire.ts';
import { contentResource, packageOf, packageResource, serversOf } from './package-resource.ts';

/** `GET /api/v1/packages`, `GET /api/v1/packages/{id}`, `GET /api/v1/packages/{id}/revisions` and `GET /api/v1/packages/{id}/history`. */
export function packagesV1Routes(app: HttpApp, { clients, countCoverage }: CountingDeps): void {
  /** Packages with a head that not all hold which are to. */
  const behindIds = async (caller: Caller): Promise<number[]> => {
    const { heads } = await countCoverage(caller);
    return [...new Set(heads.filter(({ held, of }) => held < of).map(({ id }) => id))];
  };

  app.route({
    ...routeOf(listPackages),
    handler: async (request) => {
      const { behind, coverage, total: countAll, offset } = request.query;
      const wanted = wantedBy(request.query);
      const caller = principalOf(request);
      const only = behind === 'true' ? { ids: await behindIds(caller) } : undefined;
      const asked = {
        ...wanted,
        ...(only && { only }),
        ...(countAll === 'true' && { countAll: true }),
        ...(offset > 0 && { skip: offset }),
      };
      const { packages, next, total = null } = await clients.packages.listPackages(asked, { caller });
      const names = await serverNames(clients, caller, packages.flatMap(serversOf));
      const counted = coverage === 'true' ? await countHeads(clients, caller, packages) : undefined;
      return { items: packages.map((one) => packageResource(one, names, counted)), next: textOrNull(next), total };
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
      const shown = revisions.map((one, index) => ({ ...revisionResource(one, names), index }));
      const { items, next } = pageOf('revisions', shown, request.query, revisionKey);
      return { items: items.map(({ index: _index, ...one }) => one), next };
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
      // Newest first, and what is new comes before: an entry keeps its place from the end.
      const shown = entries.map((one, index) => ({ place: entries.length - index, ...historyResource(one, names) }));
      const { items, next } = pageOf('history', shown, request.query, ({ place }) => numberKey(9e15 - place));
      return { items: items.map(({ place: _place, ...one }) => one), next };
    },
  });
}

type PackagesQuery = {
  readonly stage?: string;
  readonly status?: string;
  readonly q?: string;
  readonly after?: string;
} & Readonly<Record<'sort' | 'deleted' | 'conflict' | 'trash' | 'awaitsConfirmation', string>> & { readonly limit: number };

/** What catalog is asked for. @throws OdstError COMMON_REQUEST_INVALID for what excludes each other */
function wantedBy({ stage = '', status = '', q: query = '', after = '', sort, limit, ...asked }: PackagesQuery) {
  const { deleted, conflict, trash, awaitsConfirmation } = asked;
  if (deleted === 'true' && status !== '' && status !== 'Deleted') {
    throw new OdstError('COMMON_REQUEST_INVALID', `status ${status} and deleted exclude each other: give one of them`, {
      pointer: '/status',
    });
  }
  return {
    ...{ stage, status: deleted === 'true' ? 'Deleted' : status, query, sort, after, limit },
    ...{ inConflict: conflict === 'true', inTrash: trash === 'true', servedOnly: false },
    awaitingConfirmation: awaitsConfirmation === 'true',
  };
}

/** Newest first; of one moment by what tells them apart. */
function revisionKey({ changedAt, stage, sha256, act, index }: ReturnType<typeof revisionResource> & { index: number }): string {
  return [latestKey(new Date(changedAt)), stage, sha256, act, numberKey(index)].join(' ');
}

function revisionResource(revision: Revision, names: ServerNames) {
  const { stage, content, act, actor, changedBy, changedAt, stands, isHere, trashedAt } = revision;
  if (content === undefined) throw new OdstError('COMMON_INTERNAL', 'catalog told of a revision without its content');
  return {
    stage: oneOf(stages, stage),
    ...contentResource(content),
    ...{ changedAt: timeOf(changedAt), changedBy, changedByName: names.get(changedBy) ?? null, actor, act, stands, isHere },
    reason: textOrNull(revision.reason),
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
