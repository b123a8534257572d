import { listConflicts, resolveConflict, routeOf } from '@odst/api';
import type { Contender, Package } from '@odst/contracts/catalog';
import type { HttpApp } from '@odst/http';
import { OdstError, type Stage, stages } from '@odst/kernel';
import { principalOf } from '../../admission.ts';
import type { RouteDeps } from '../../route-deps.ts';
import { type ServerNames, serverNames } from '../../server-names.ts';
import { oneOf, textOrNull, timeOf } from '../../wire.ts';
import { changePackage, sendChange } from './change-package.ts';
import { contentOrNulls } from './package-resource.ts';

/** `GET /api/v1/conflicts` and `POST /api/v1/conflicts/{id}/resolve`. */
export function conflictsRoutes(app: HttpApp, { clients }: RouteDeps): void {
  app.route({
    ...routeOf(listConflicts),
    handler: async (request) => {
      const { q: query = '', limit, after = '' } = request.query;
      const caller = principalOf(request);
      const wanted = {
        stage: '',
        status: '',
        query,
        inConflict: true,
        inTrash: false,
        awaitingConfirmation: false,
        servedOnly: false,
        sort: 'id',
      };
      const { packages, next } = await clients.packages.listPackages({ ...wanted, after, limit }, { caller });
      const sides = packages.flatMap(({ heads }) => heads.flatMap(({ contenders }) => contenders));
      const names = await serverNames(
        clients,
        caller,
        sides.map(({ changedBy }) => changedBy),
      );
      return { items: packages.flatMap((one) => conflictsOf(one, names)), next: textOrNull(next) };
    },
  });

  app.route({
    ...routeOf(resolveConflict),
    handler: async (request, reply) => {
      const { keep, reason } = request.body;
      const { dryRun } = request.query;
      const where = headOf(request.params.id);
      const changed = await changePackage(clients, request, { ...where, act: 'resolve', sha256: keep ?? '', reason, dryRun });
      return sendChange(clients, { request, reply }, changed, dryRun);
    },
  });
}

/** The package and the stage that the id of a conflict names. */
function headOf(conflict: string): { readonly id: number; readonly to: Stage } {
  const [id, stage = ''] = conflict.split('-');
  return { id: Number(id), to: oneOf(stages, stage) };
}

function conflictsOf({ id, uuid, filename, version, heads }: Package, names: ServerNames) {
  return heads
    .filter(({ contenders }) => contenders.length > 0)
    .map(({ stage, contenders }) => ({
      id: `${id}-${stage}`,
      package: { id, uuid, filename, version: Number(version) },
      stage: oneOf(stages, stage),
      contenders: contenders.map((contender, index) => contenderResource(contender, names, index === 0)),
    }));
}

function contenderResource(contender: Contender, names: ServerNames, wins: boolean) {
  const { content, changedAt, changedBy, actor, act, isHere } = contender;
  if (changedBy === '') throw new OdstError('COMMON_INTERNAL', 'catalog told of a contender without its server');
  return {
    ...contentOrNulls(content),
    ...{ server: changedBy, serverName: names.get(changedBy) ?? null },
    ...{ changedAt: timeOf(changedAt), actor, act, isHere, wins },
  };
}
