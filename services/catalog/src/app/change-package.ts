import type { ChangePackageRequest, ChangePackageResponse, Content } from '@odst/contracts/catalog';
import type { EventMetadata } from '@odst/event-store';
import { type Clock, OdstError, parseStage, type Stage, stages } from '@odst/kernel';
import { type ActRequest, effectsOf, endedBy, type Plan, planAct } from '../domain/acts.ts';
import { formerOf } from '../domain/former.ts';
import { headOf } from '../domain/head.ts';
import { awaitsConfirmation, listedHead, type Package } from '../domain/package.ts';
import type { PackageCommand } from '../domain/package-decider.ts';
import { packageStream } from '../domain/package-identity.ts';
import { writeChange } from '../domain/write-change.ts';
import { entryOf, viewOf } from './package-view.ts';
import type { Blobs, PackageRows, Registration } from './ports.ts';
import { checkSha256 } from './request-checks.ts';
import { signChange } from './sign-change.ts';
import { siteOf } from './site.ts';
import type { Streams } from './streams.ts';

/** What the use case works with. */
export type ChangePackageDeps = {
  readonly streams: Streams;
  readonly rows: PackageRows;
  readonly registration: Registration;
  readonly blobs: Blobs;
  /** The start of this server that runs, 16 hex digits: changes are written in its name. */
  readonly epoch: string;
  readonly clock: Clock;
};

/** Does what an admin asks of a package, or tells what that would do. */
export type ChangePackageUseCase = (request: ChangePackageRequest, metadata: EventMetadata) => Promise<ChangePackageResponse>;

const adminActs = ['promote', 'demote', 'delete', 'restore', 'rollback', 'resolve'] as const;

/** A request in the domain's words; `confirm` only concerns what this server does. */
type Asked = ActRequest | { readonly act: 'confirm' };

/**
 * Builds the use case. Throws CATALOG_STAGE_UNKNOWN, CATALOG_PACKAGE_UNKNOWN (deleted packages too, unless they are to come back),
 * COMMON_COMMAND_CONFLICT when `expectedVersion` is older than what an admin can see of the package, and what `planAct` refuses with.
 */
export function createChangePackage(deps: ChangePackageDeps): ChangePackageUseCase {
  const { streams, rows } = deps;
  return async (request, metadata) => {
    if (request.sha256 !== '') checkSha256('sha256', request.sha256);
    if (request.reason.length > 1_000) throw invalid('reason', 'longer than 1,000 characters');
    await rows.caughtUp();
    const row = await rows.byId(request.id);
    if (row === undefined) throw unknown(request.id);
    const stream = packageStream(row.package.uuid);
    if (request.dryRun) {
      const { state, version } = await streams.packages.load(stream);
      const { asked, plan } = planned(state, version, request);
      const { trashDays } = await deps.registration.policy();
      const trash = { toTrash: trashOf(asked, plan), trashDays };
      return { package: viewOf({ ...row, package: asked.state, version }), ...outlook(asked, plan), ...trash };
    }
    let told: Pick<ChangePackageResponse, 'effects' | 'former'> = { effects: [], former: undefined };
    const changed = await streams.packages.run({
      stream,
      command: async (present, version) => {
        const { asked, plan } = planned(present, version, request);
        told = outlook(asked, plan);
        return commandOf(deps, asked, plan, request, metadata.actor);
      },
      metadata,
    });
    return { package: viewOf(entryOf(changed)), ...told, toTrash: [], trashDays: 0 };
  };
}

function planned(state: Package | undefined, version: number, request: ChangePackageRequest) {
  if (state === undefined) throw unknown(request.id);
  if (isDeleted(state) && !['restore', 'rollback', 'confirm'].includes(request.act)) throw gone(state);
  checkVersion(state, version, request.expectedVersion);
  const act = askedOf(state, request);
  return { asked: { state, act }, plan: act === undefined || act.act === 'confirm' ? undefined : planAct(state, act) };
}

async function commandOf(
  deps: ChangePackageDeps,
  { state, act }: { readonly state: Package; readonly act: Asked | undefined },
  plan: Plan | undefined,
  { reason }: ChangePackageRequest,
  actor: string,
): Promise<PackageCommand | undefined> {
  if (act?.act === 'confirm') return { type: 'JudgePlacement', site: { ...(await siteOf(deps, state)), deletions: 'follow' } };
  if (plan === undefined) return undefined;
  const author = { iss: await deps.registration.iss(), epoch: deps.epoch, actor, now: deps.clock.now() };
  const change = await signChange(deps.registration, writeChange(state, plan, author, reason));
  const contents = plan.sets.flatMap(({ content }) => (content === undefined ? [] : [content.sha256]));
  return { type: 'ApplyChange', change, site: await siteOf(deps, state, contents) };
}

/** What it does to the servers of each stage, and, of a demotion, what could be restored in its place. */
function outlook(
  { state, act }: { readonly state: Package; readonly act: Asked | undefined },
  plan: Plan | undefined,
): Pick<ChangePackageResponse, 'effects' | 'former'> {
  const effects = effectsOf(state.heads, plan);
  if (act?.act !== 'demote' || plan?.from === undefined) return { effects, former: undefined };
  const { content } = headOf(state.heads, plan.from);
  return { effects, former: formerOf(state.former, plan.from, '', content) };
}

/** What this server holds the bytes of, and neither a head has nor anybody is served any more then. */
function trashOf(
  { state, act }: { readonly state: Package; readonly act: Asked | undefined },
  plan: Plan | undefined,
): readonly Content[] {
  const ended = act?.act === 'confirm' ? (awaitsConfirmation(state) ? [state.served?.content] : []) : endedBy(state.heads, plan);
  return ended.filter((content) => content !== undefined).filter(({ sha256 }) => state.here.includes(sha256));
}

/** The act that is asked for; undefined where a move goes nowhere. */
function askedOf(state: Package, { act, from, to, sha256 }: ChangePackageRequest): Asked | undefined {
  if (act === 'confirm') return { act };
  const target = to === '' ? undefined : parseStage(to);
  if (act === 'move') return moveOf(state, target, sha256);
  const known = adminActs.find((candidate) => candidate === act);
  if (known === undefined) throw invalid('act', 'not an act on a package');
  return { act: known, from: from === '' ? undefined : parseStage(from), to: target, sha256 };
}

/** A move of the head that the package is listed under is a promotion or a demotion. */
function moveOf(state: Package, to: Stage | undefined, sha256: string): ActRequest | undefined {
  const listed = listedHead(state);
  if (to === undefined || listed === undefined) throw invalid('to', 'missing');
  if (sha256 !== '' && listed.content.sha256 !== sha256) {
    const detail = `${JSON.stringify(state.filename)} has other content than ${sha256}; nothing was changed`;
    throw new OdstError('CATALOG_CONTENT_CHANGED', detail, { sha256: listed.content.sha256 });
  }
  if (listed.stage === to) return undefined;
  const isUp = stages.indexOf(to) > stages.indexOf(listed.stage);
  return { act: isUp ? 'promote' : 'demote', from: listed.stage, to, sha256 };
}

function isDeleted({ heads }: Package): boolean {
  return heads.every(({ content, isConflicted }) => content === undefined && !isConflicted);
}

/** Throws where the admin has not seen what the package is now. What was only sealed since is what was seen. */
function checkVersion({ sealedSince }: Package, version: number, expected: bigint): void {
  if (expected === 0n || (expected >= BigInt(version - sealedSince) && expected <= BigInt(version))) return;
  throw new OdstError('COMMON_COMMAND_CONFLICT', `the package is at version ${version}, not ${expected}; nothing was changed`, {
    expectedVersion: Number(expected),
    actualVersion: version,
  });
}

function invalid(field: string, fault: string): OdstError {
  return new OdstError('COMMON_REQUEST_INVALID', `${field} is ${fault}`, { pointer: `/${field}` });
}

/** It is found, and shown as deleted: only there is nothing in it to act on. */
function gone(state: Package): OdstError {
  const { packageId: id, filename } = state;
  const [how, end] = awaitsConfirmation(state)
    ? ['deleted, and served here until that is confirmed', 'To end it, confirm it; to bring it back']
    : ['deleted', 'To bring it back'];
  const detail = `package ${id} (${JSON.stringify(filename)}) is ${how}; nothing was changed. ${end}, restore it or upload it again`;
  return new OdstError('CATALOG_PACKAGE_UNKNOWN', detail, { id });
}

function unknown(id: number): OdstError {
  return new OdstError('CATALOG_PACKAGE_UNKNOWN', `there is no package ${id}`, { id });
}
