import {
  changePackages,
  changePackage as changeStage,
  confirmDeletion,
  deletePackage,
  demotePackage,
  promotePackage,
  restorePackage,
  rollbackPackage,
  routeOf,
} from '@odst/api';
import { createSemaphore } from '@odst/async';
import type { HttpApp } from '@odst/http';
import { errorRow, isOdstError, OdstError, type Stage } from '@odst/kernel';
import type { FastifyRequest } from 'fastify';
import { principalOf } from '../../admission.ts';
import { isWorthRepeating, leaveUnsettled } from '../../idempotency/keep-answers.ts';
import { versionTag } from '../../preconditions.ts';
import type { RouteDeps } from '../../route-deps.ts';
import { type ServerNames, serverNames } from '../../server-names.ts';
import { changePackage, type RequestedAct, sendChange } from './change-package.ts';
import { effectsResource, packageOf, packageResource, serversOf } from './package-resource.ts';

/** Packages of a bulk request that are changed at the same time. */
const bulkPermits = 8;

/** What changes one package: `PATCH` and `DELETE /api/v1/packages/{id}`, and `POST /api/v1/packages/{id}/<act>`. */
export function packageActsRoutes(app: HttpApp, { clients }: RouteDeps): void {
  const change = (request: FastifyRequest, act: RequestedAct) => changePackage(clients, request, act);

  app.route({
    ...routeOf(changeStage),
    handler: async (request, reply) => {
      const { stage: to, sha256 } = request.body;
      const changed = packageOf(await change(request, { ...request.params, act: 'move', to, sha256 }));
      const names = await serverNames(clients, principalOf(request), serversOf(changed));
      return reply.header('etag', versionTag(changed.version)).send(packageResource(changed, names));
    },
  });

  for (const [operation, act] of [[promotePackage, 'promote'] as const, [demotePackage, 'demote'] as const]) {
    app.route({
      ...routeOf(operation),
      handler: async (request, reply) => {
        const asked = { ...request.params, ...request.query, ...request.body };
        return sendChange(clients, { request, reply }, await change(request, { ...asked, act }), asked.dryRun);
      },
    });
  }

  app.route({
    ...routeOf(deletePackage),
    handler: async (request, reply) => {
      const { stage: to, ...asked } = request.query;
      const changed = await change(request, { ...request.params, ...asked, act: 'delete', to });
      return asked.dryRun === 'true' ? effectsResource(changed) : reply.code(204).send();
    },
  });

  for (const [operation, act] of [[restorePackage, 'restore'] as const, [rollbackPackage, 'rollback'] as const]) {
    app.route({
      ...routeOf(operation),
      handler: async (request, reply) => {
        const { stage: to, ...asked } = { ...request.params, ...request.query, ...request.body };
        return sendChange(clients, { request, reply }, await change(request, { ...asked, act, to }), asked.dryRun);
      },
    });
  }

  app.route({
    ...routeOf(confirmDeletion),
    handler: async (request, reply) => {
      const asked = { ...request.params, ...request.query };
      return sendChange(clients, { request, reply }, await change(request, { ...asked, act: 'confirm' }), asked.dryRun);
    },
  });
}

/** `POST /api/v1/packages/bulk`. */
export function bulkRoutes(app: HttpApp, { clients }: RouteDeps): void {
  app.route({
    ...routeOf(changePackages),
    handler: async (request) => {
      const { ids, act, reason, ...where } = request.body;
      const { dryRun } = request.query;
      const { from, to } = headOf(act, where);
      const semaphore = createSemaphore(bulkPermits);
      let names: Promise<ServerNames> | undefined;
      const resultOf = async (id: number) => {
        using _permit = await semaphore.acquire();
        const nothing = { id, status: 200, code: null, detail: null, package: null, dryRun: null };
        try {
          const changed = await changePackage(clients, request, { id, act, from, to, reason, dryRun });
          if (dryRun === 'true') return { ...nothing, dryRun: effectsResource(changed) };
          const now = packageOf(changed);
          names ??= serverNames(clients, principalOf(request), serversOf(now));
          return { ...nothing, package: packageResource(now, await names) };
        } catch (error) {
          if (!isOdstError(error)) throw error;
          return { ...nothing, status: errorRow(error.code).http, code: error.code, detail: error.message };
        }
      };
      const items = await Promise.all(ids.map(resultOf));
      if (items.some(({ code }) => code !== null && isWorthRepeating(code))) leaveUnsettled(request);
      return { items, next: null };
    },
  });
}

type Where = { readonly [Name in 'from' | 'to' | 'stage']?: Stage };

const moving = { takes: ['from', 'to'], needs: 'to' } as const;
const bulkFields: Readonly<Record<string, { readonly takes: readonly (keyof Where)[]; readonly needs?: keyof Where }>> = {
  promote: moving,
  demote: moving,
  delete: { takes: ['stage'] },
  restore: { takes: ['stage'] },
  rollback: { takes: ['stage'], needs: 'stage' },
  confirm: { takes: [] },
};

/** Which head a bulk act is about: some acts have a stage that they go to, others one that they change. */
function headOf(act: string, where: Where): Pick<RequestedAct, 'from' | 'to'> {
  const { takes = [], needs } = bulkFields[act] ?? {};
  const invalid = (name: string, words: string) =>
    new OdstError('COMMON_REQUEST_INVALID', `${name} ${words}`, { pointer: `/${name}` });
  for (const name of ['from', 'to', 'stage'] as const) {
    if (where[name] !== undefined && !takes.includes(name)) throw invalid(name, `is not for ${act}`);
  }
  if (needs !== undefined && where[needs] === undefined) throw invalid(needs, 'is missing');
  return { from: where.from, to: where.to ?? where.stage };
}
