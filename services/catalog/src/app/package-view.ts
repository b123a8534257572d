import type { Contender, Head as HeadView, Package as PackageView } from '@odst/contracts/catalog';
import type { StreamState } from '@odst/event-store';
import { OdstError } from '@odst/kernel';
import { changedAt } from '../domain/change.ts';
import type { Claim } from '../domain/change-merge.ts';
import type { Head } from '../domain/head.ts';
import { awaitsConfirmation, listedHead, type Package, type PackageStatus, statusOf } from '../domain/package.ts';
import type { PackageEntry } from './ports.ts';

/** A package as other services see it. */
export function viewOf({ package: state, version, createdAt }: PackageEntry): PackageView {
  const { packageId, uuid, filename, heads, serves, trash, leaving, letGo } = state;
  return {
    id: packageId,
    uuid,
    filename,
    version: BigInt(version),
    createdAt,
    heads: heads
      .filter(({ content, isConflicted }) => content !== undefined || isConflicted)
      .map((head) => headView(state, head)),
    serves: serves?.stage ?? '',
    stage: listedHead(state)?.stage ?? '',
    content: listedHead(state)?.content,
    status: packageStatus(state),
    awaitsConfirmation: awaitsConfirmation(state),
    trash,
    leaving,
    letGo,
  };
}

/** The status of the head that a package is listed under. */
export function packageStatus(state: Package): PackageStatus {
  const listed = listedHead(state);
  return listed === undefined ? 'Deleted' : statusOf(state, listed.content);
}

/** The package of a stream that has events, as after every command. */
export function entryOf({ state, version, createdAt }: StreamState<Package | undefined>): PackageEntry {
  if (state === undefined || createdAt === undefined) throw new OdstError('COMMON_INTERNAL', 'the package has no events');
  return { package: state, version, createdAt };
}

function headView(state: Package, { stage, content, claims, isConflicted }: Head): HeadView {
  const [winner] = claims;
  if (winner === undefined) throw new OdstError('COMMON_INTERNAL', `the head of ${stage} has a content without a change`);
  return {
    stage,
    content,
    status: content === undefined ? '' : statusOf(state, content),
    ...authorOf(winner),
    contenders: isConflicted ? claims.map((claim) => contenderView(state, claim)) : [],
  };
}

function contenderView(state: Package, claim: Claim): Contender {
  const { content } = claim.setting;
  return { content, ...authorOf(claim), isHere: content !== undefined && state.here.includes(content.sha256) };
}

function authorOf({ change }: Claim) {
  return { changedAt: changedAt(change), changedBy: change.iss, actor: change.actor, act: change.act };
}
