import type { ChangePackageResponse, Package } from '@odst/contracts/catalog';
import { assertStage } from '@odst/http';
import { OdstError, type Stage, stages } from '@odst/kernel';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { principalOf } from '../../admission.ts';
import type { Clients } from '../../clients.ts';
import { expectedVersion, underIfMatch, versionTag } from '../../preconditions.ts';
import { serverNames } from '../../server-names.ts';
import { effectsResource, packageOf, packageResource, serversOf } from './package-resource.ts';

/** An act as a request asks for it. */
export type RequestedAct = {
  readonly id: number;
  readonly act: 'promote' | 'demote' | 'delete' | 'restore' | 'rollback' | 'resolve' | 'move' | 'confirm';
  readonly from?: Stage | undefined;
  /** Stage of the head that is changed; undefined for all. */
  readonly to?: Stage | undefined;
  readonly sha256?: string | undefined;
  readonly reason?: string | undefined;
  readonly dryRun?: 'true' | 'false';
};

/**
 * Does an act, or tells what it would do, for a caller who has the right to every stage that it sets.
 * @throws OdstError COMMON_ACCESS_DENIED, COMMON_PRECONDITION_FAILED, COMMON_REQUEST_INVALID for a strange If-Match, and what catalog
 *   refuses it with
 */
export async function changePackage(
  clients: Clients,
  request: FastifyRequest,
  { id, act, from, to, sha256 = '', reason = '', dryRun = 'false' }: RequestedAct,
): Promise<ChangePackageResponse> {
  const caller = principalOf(request);
  const named = expectedVersion(request);
  for (const stage of stagesOf(act, from, to)) assertStage(request, caller, stage);
  const seen = await checkSource(clients, request, { id, act, from, to, sha256 });
  const change = clients.packages.changePackage(
    {
      ...{ id, act, from: from ?? seen?.from ?? '', to: to ?? '', sha256, reason },
      ...{ expectedVersion: named > 0n ? named : (seen?.version ?? 0n), dryRun: dryRun === 'true' },
    },
    { caller },
  );
  return await underIfMatch(named, change);
}

/** Answers with the package as it is now, or with what the act would do. */
export async function sendChange(
  clients: Clients,
  { request, reply }: { readonly request: FastifyRequest; readonly reply: FastifyReply },
  changed: ChangePackageResponse,
  dryRun: 'true' | 'false' = 'false',
) {
  if (dryRun === 'true') return effectsResource(changed);
  const now = packageOf(changed);
  const names = await serverNames(clients, principalOf(request), serversOf(now));
  reply.header('etag', versionTag(now.version));
  return packageResource(now, names);
}

/** The stages that the request itself says it sets; what lower stages lose by the way belongs to the one that gets it. */
function stagesOf(act: RequestedAct['act'], from: Stage | undefined, to: Stage | undefined): readonly Stage[] {
  if (to === undefined) return stages;
  return act === 'demote' && from !== undefined ? [to, from] : [to];
}

/**
 * A demotion empties the stage that it takes from. Where the request leaves it open and the caller has not the right to all, it is looked
 * up, and the act holds for the package as it was then.
 */
async function checkSource(clients: Clients, request: FastifyRequest, { id, act, from, to, sha256 }: RequestedAct) {
  const caller = principalOf(request);
  const isOpen = act === 'move' || (act === 'demote' && from === undefined);
  if (!isOpen || to === undefined || stages.every((stage) => caller.stages.includes(stage))) return undefined;
  const seen = packageOf(await clients.packages.getPackage({ reference: `${id}`, alsoDeleted: true }, { caller }));
  if (seen.id !== id) throw new OdstError('CATALOG_PACKAGE_UNKNOWN', `there is no package ${id}`);
  const source = act === 'move' ? stages.find((stage) => stage === seen.stage) : highestAbove(seen, to, sha256);
  if (source !== undefined && stages.indexOf(source) > stages.indexOf(to)) assertStage(request, caller, source);
  return { version: seen.version, from: act === 'demote' ? source : undefined };
}

/** The highest stage above that has a content, the one that was seen first of all. */
function highestAbove({ heads }: Package, to: Stage, sha256 = ''): Stage | undefined {
  const above = stages.slice(stages.indexOf(to) + 1).flatMap((stage) => {
    const content = heads.find((head) => head.stage === stage)?.content;
    return content === undefined ? [] : [{ stage, isSeen: sha256 === '' || content.sha256 === sha256 }];
  });
  return (above.findLast(({ isSeen }) => isSeen) ?? above.at(-1))?.stage;
}
