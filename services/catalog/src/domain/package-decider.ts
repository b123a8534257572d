import type { Content, PackageChange } from '@odst/contracts/catalog';
import { type Decider, OdstError, type Stage } from '@odst/kernel';
import { settingOf } from './change.ts';
import { changeEvent } from './change-event.ts';
import { isSameValue, mergeChanges } from './change-merge.ts';
import { type Head, headsOf, standingContents } from './head.ts';
import { type Holder, leavingTo } from './leaving.ts';
import { evolvePackage, type Package, type PackageEvent } from './package.ts';
import { placementEvents, type Site } from './placement.ts';
import { isSealOf } from './sealing.ts';
import { judgeUpload } from './upload-verdict.ts';
import { hasSeenAll } from './write-change.ts';

/** A received upload becomes a package, or new content of a head of one. */
export type RegisterUpload = {
  readonly type: 'RegisterUpload';
  readonly uploadId: string;
  /** Number for the package if it has none yet. */
  readonly newPackageId: number;
  /** The head that was asked for. */
  readonly stage: Stage;
  /** The change as this server signed it, or the one that stands where it would change nothing; not signed while it is unsealed. */
  readonly change: PackageChange;
  readonly replace: boolean;
  /** What the head is to have; see `UploadClaim`. */
  readonly replaces: string;
  /** When all bytes were there, of an upload whose client waits no more; undefined while it waits. */
  readonly completedAt: Date | undefined;
  readonly site: Site;
};

/** An admin of this server acts on the package. */
export type ApplyChange = {
  readonly type: 'ApplyChange';
  /** The change as this server signed it; not signed while it is unsealed. */
  readonly change: PackageChange;
  readonly site: Site;
};

/** A peer told of changes, each of which was checked. */
export type MergeChanges = {
  readonly type: 'MergeChanges';
  readonly newPackageId: number;
  readonly changes: readonly PackageChange[];
  readonly fromIss: string;
  readonly site: Site;
};

/** The manifest of a content that was uploaded here is made: the changes that lack it are complete. */
export type SealChanges = {
  readonly type: 'SealChanges';
  /** What the changes become, as this server signed them: the same but for manifest digest and signature. */
  readonly changes: readonly PackageChange[];
};

/** The server's stage, its blobs or what it does with deletions changed: the package is put into its place again. */
export type JudgePlacement = { readonly type: 'JudgePlacement'; readonly site: Site };

/** Another server has said, signed, that it holds a content that is leaving this one. */
export type LetGo = { readonly type: 'LetGo'; readonly sha256: string; readonly holder: Holder; readonly site: Site };

/** Contents have been in the trash for long enough. */
export type DiscardTrash = {
  readonly type: 'DiscardTrash';
  /** Those that came there before this go. */
  readonly trashedBefore: Date;
};

/** Contents that lose and are named in an event of a conflict: more would not fit into it. */
const mostOthers = 50;

/** What can be asked of a package. Changes are signed before, since signing is no matter of pure functions. */
export type PackageCommand = RegisterUpload | ApplyChange | MergeChanges | SealChanges | JudgePlacement | LetGo | DiscardTrash;

/** A package: the stream `package-<uuid>`. */
export const packageDecider: Decider<Package | undefined, PackageCommand, PackageEvent> = {
  initialState: () => undefined,
  evolve: evolvePackage,
  decide(command, state) {
    switch (command.type) {
      case 'RegisterUpload':
        return registerUpload(command, state);
      case 'ApplyChange':
        return applyChange(command, state);
      case 'MergeChanges':
        return merge(command, state);
      case 'SealChanges':
        return seal(command, state);
      case 'JudgePlacement':
        return state === undefined ? [] : placementEvents(state, command.site, '');
      case 'LetGo':
        return letGo(command, state);
      case 'DiscardTrash':
        return discard(command, state);
    }
  },
};

function registerUpload(command: RegisterUpload, state: Package | undefined): readonly PackageEvent[] {
  const { change, uploadId, stage, site } = command;
  const content = settingOf(change, stage)?.content;
  if (content === undefined) throw new TypeError('an upload sets a content in its stage');
  const verdict = judgeUpload(state, { ...command, sha256: content.sha256, stage });
  if (verdict === 'unchanged' && state?.uploadedHere.includes(content.sha256) && state.here.includes(content.sha256)) return [];
  if (verdict !== 'unchanged') checkSeen(change, state);
  const packageId = state?.packageId ?? command.newPackageId;
  return placed(state, [{ type: 'PackageUploaded', data: { packageId, change, uploadId, stage } }], site, '');
}

function applyChange({ change, site }: ApplyChange, state: Package | undefined): readonly PackageEvent[] {
  if (state === undefined) throw new OdstError('CATALOG_PACKAGE_UNKNOWN', 'the package does not exist');
  checkSeen(change, state);
  return placed(state, [changeEvent(change, state.packageId, '')], site, '');
}

/** Of the changes only those that stand after the merge become events: the others are known, or were ended by some of these. */
function merge({ changes, fromIss, newPackageId, site }: MergeChanges, state: Package | undefined): readonly PackageEvent[] {
  const present = state?.changes ?? [];
  const packageId = state?.packageId ?? newPackageId;
  const added = newlyStanding(present, changes);
  if (added.length === 0) return [];
  const seals = added.filter((change) => present.some((own) => isSealOf(change, own)));
  const news = added.filter((change) => !seals.includes(change));
  const events: PackageEvent[] = [
    ...seals.map((sealed) => sealEvent(packageId, sealed)),
    ...news.map((change) => changeEvent(change, packageId, fromIss)),
  ];
  return placed(state, events, site, fromIss);
}

/** The changes that would stand after a merge and are not known: those that a merge adds. */
export function newlyStanding(present: readonly PackageChange[], offered: readonly PackageChange[]): readonly PackageChange[] {
  const known = new Set(present);
  // A merge keeps the change that was there, where an equal one is offered.
  return mergeChanges(present, offered).filter((change) => !known.has(change));
}

function seal({ changes }: SealChanges, state: Package | undefined): readonly PackageEvent[] {
  const seals = changes.filter((sealed) => state?.changes.some((change) => isSealOf(sealed, change)));
  if (state === undefined || seals.length === 0) return [];
  const events = seals.map((sealed) => sealEvent(state.packageId, sealed));
  // A peer may have told another manifest of the same bytes, which was no conflict as long as none was known here.
  return [...events, ...conflictEvents(state, events.reduce(evolvePackage, state))];
}

function sealEvent(packageId: number, sealed: PackageChange): PackageEvent {
  return { type: 'PackageSealed', data: { packageId, sealed } };
}

/** Judged by what the package is now: whoever asked may have seen another head, or this server may have another stage. */
function letGo({ sha256, holder, site }: LetGo, state: Package | undefined): readonly PackageEvent[] {
  const content = state && leavingTo(state, sha256, holder, site.serverStage);
  if (state === undefined || content === undefined) return [];
  const { packageId, filename } = state;
  const told = { packageId, filename, content, holderIss: holder.iss, holderName: holder.name, letGoAt: site.now };
  return placed(state, [{ type: 'PackageLetGo', data: told }], site, '');
}

function discard({ trashedBefore }: DiscardTrash, state: Package | undefined): readonly PackageEvent[] {
  if (state === undefined) return [];
  const { packageId, filename, trash } = state;
  return trash
    .filter(({ trashedAt }) => trashedAt < trashedBefore)
    .map(({ content }) => ({ type: 'PackageDiscarded', data: { packageId, filename, content } }));
}

/** The events, the conflicts that they lead to, and what brings the package into its place after them. */
function placed(
  state: Package | undefined,
  events: readonly PackageEvent[],
  site: Site,
  fromIss: string,
): readonly PackageEvent[] {
  const after = events.reduce<Package | undefined>(evolvePackage, state);
  if (after === undefined) return [];
  const conflicts = conflictEvents(state, after);
  return [...events, ...conflicts, ...placementEvents(after, site, fromIss)];
}

/** One event for each head that has other sides against each other than before. */
function conflictEvents(before: Package | undefined, after: Package): readonly PackageEvent[] {
  const headsBefore = before?.heads ?? headsOf([]);
  return after.heads.flatMap((head, index): readonly PackageEvent[] => {
    const [winner] = head.claims;
    if (!head.isConflicted || winner === undefined || isSameConflict(headsBefore[index], head)) return [];
    const others = standingContents(head).filter((content) => !isSameValue(content, head.content));
    const { packageId, filename } = after;
    const { iss, stamp, actor } = winner.change;
    const sides = { winner: { content: head.content, iss, stamp, actor }, others: others.slice(0, mostOthers) };
    const data = { packageId, filename, stage: head.stage, ...sides, othersCount: others.length };
    return [{ type: 'PackageConflictDetected', data }];
  });
}

function isSameConflict(before: Head | undefined, after: Head): boolean {
  if (before === undefined || !before.isConflicted || !isSameValue(before.content, after.content)) return false;
  const isKnown = (content: Content) => standingContents(before).some((other) => isSameValue(other, content));
  return standingContents(after).every(isKnown) && (isAgainstDeletion(before) || !isAgainstDeletion(after));
}

function isAgainstDeletion({ claims }: Head): boolean {
  return claims.some(({ setting }) => setting.content === undefined && !setting.byTheWay);
}

/** @throws OdstError COMMON_COMMAND_CONFLICT when the change was signed before the package became what it is now */
function checkSeen(change: PackageChange, state: Package | undefined): void {
  if (state === undefined || hasSeenAll(change, state.heads)) return;
  throw new OdstError('COMMON_COMMAND_CONFLICT', `${JSON.stringify(state.filename)} was changed meanwhile`);
}
