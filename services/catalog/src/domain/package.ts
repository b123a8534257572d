import type {
  Content,
  PackageAnnounced,
  PackageChange,
  PackageConflictDetected,
  PackageConflictResolved,
  PackageDeleted,
  PackageDemoted,
  PackageDiscarded,
  PackageLeaving,
  PackageLetGo,
  PackagePromoted,
  PackagePublished,
  PackageRestored,
  PackageSealed,
  PackageServedHeadChanged,
  PackageTrashed,
  PackageUploaded,
  PackageWanted,
  PackageWithheld,
} from '@odst/contracts/catalog';
import { parseStage, type Stage } from '@odst/kernel';
import { contentsOf } from './change.ts';
import { mergeChanges } from './change-merge.ts';
import { type Dated, dateAmong, servedBefore } from './content-date.ts';
import { type FormerContent, formerAfter } from './former.ts';
import { type Heads, headsOf, standingContents, withAnother } from './head.ts';
import { isUnsealed } from './sealing.ts';

/**
 * Of a content, on this server. `Public`: the bytes are here and verified. `Downloading`: they are wanted. `Withheld`: no head that this
 * server admits has it.
 */
export type ContentStatus = 'Public' | 'Downloading' | 'Withheld';

/** Of a package: that of the head it is listed under; `Deleted` where no head has a content. */
export type PackageStatus = ContentStatus | 'Deleted';

/** A content that a head of this server's package is to serve, or serves. */
export type ServedContent = { readonly stage: Stage; readonly content: Content };

/** A content that this server gave up, and the server that had said that it holds it. */
export type LetGoContent = {
  readonly content: Content;
  readonly letGoAt: Date;
  readonly holderIss: string;
  readonly holderName: string;
};

/**
 * A package on this server. What the mesh decided (`changes`, from which `heads` and `former` follow) and what this server does with it
 * are two things.
 */
export type Package = {
  /** Small number of this server, never reused. */
  readonly packageId: number;
  readonly uuid: string;
  readonly filename: string;
  /** The record: the changes that stand. */
  readonly changes: readonly PackageChange[];
  /** What they make of each stage. */
  readonly heads: Heads;
  /** What the heads had, latest first. */
  readonly former: readonly FormerContent[];
  /** Stamp of the last change that was made here; 0 for none. */
  readonly lastOwnStamp: bigint;
  /** The head that this server is to serve; undefined for none. */
  readonly serves: ServedContent | undefined;
  /** What is served until the bytes of that are here, which is the same as soon as they are; undefined for nothing. */
  readonly served: (ServedContent & Dated) | undefined;
  /** What was served before, as far as dates need it. */
  readonly servedBefore: readonly Dated[];
  /** Contents whose verified bytes are here for this package, hex. */
  readonly here: readonly string[];
  /** Contents whose bytes are wanted, and the peer that told of each first; empty for none. */
  readonly wanted: readonly { readonly content: Content; readonly fromIss: string }[];
  /** Contents uploaded to this server, hex: kept and served whatever their stage. */
  readonly uploadedHere: readonly string[];
  /** Contents that are here, and that no head has which this server admits: kept until another server that admits them holds them. */
  readonly leaving: readonly { readonly content: Content; readonly since: Date }[];
  /** Contents of heads that this server does not admit, which it gave up because another server holds them. */
  readonly letGo: readonly LetGoContent[];
  /** Contents that no head has any more and whose bytes are here. */
  readonly trash: readonly { readonly content: Content; readonly trashedAt: Date }[];
  /**
   * How many of the last events only completed what was there with its manifest: whoever saw the package before them has seen
   * it as it is.
   */
  readonly sealedSince: number;
};

/** Events that add a change to the record. */
export type ChangeEvent =
  | { readonly type: 'PackageUploaded'; readonly data: PackageUploaded }
  | { readonly type: 'PackageAnnounced'; readonly data: PackageAnnounced }
  | { readonly type: 'PackagePromoted'; readonly data: PackagePromoted }
  | { readonly type: 'PackageDemoted'; readonly data: PackageDemoted }
  | { readonly type: 'PackageDeleted'; readonly data: PackageDeleted }
  | { readonly type: 'PackageRestored'; readonly data: PackageRestored }
  | { readonly type: 'PackageConflictResolved'; readonly data: PackageConflictResolved };

/** Events of what this server does with the package. */
export type PlacementEvent =
  | { readonly type: 'PackageWanted'; readonly data: PackageWanted }
  | { readonly type: 'PackagePublished'; readonly data: PackagePublished }
  | { readonly type: 'PackageWithheld'; readonly data: PackageWithheld }
  | { readonly type: 'PackageServedHeadChanged'; readonly data: PackageServedHeadChanged }
  | { readonly type: 'PackageLeaving'; readonly data: PackageLeaving }
  | { readonly type: 'PackageLetGo'; readonly data: PackageLetGo }
  | { readonly type: 'PackageTrashed'; readonly data: PackageTrashed }
  | { readonly type: 'PackageDiscarded'; readonly data: PackageDiscarded };

/** What happens to a package. */
export type PackageEvent =
  | ChangeEvent
  | PlacementEvent
  | { readonly type: 'PackageConflictDetected'; readonly data: PackageConflictDetected }
  | { readonly type: 'PackageSealed'; readonly data: PackageSealed };

/** State after `event`; undefined is a name without history. */
export function evolvePackage(state: Package | undefined, event: PackageEvent): Package {
  if ('change' in event.data) return withChange(state, event as ChangeEvent);
  if (state === undefined) throw new TypeError(`${event.type} of a package without a change`);
  const next = { ...state, sealedSince: event.type === 'PackageSealed' ? state.sealedSince + 1 : 0 };
  switch (event.type) {
    case 'PackageSealed':
      return sealed(next, sealOf(event.data));
    case 'PackageWanted':
      return wanted(next, contentOf(event), event.data.fromIss);
    case 'PackagePublished':
      return published(next, contentOf(event));
    case 'PackageWithheld':
      return without(next, contentOf(event).sha256);
    case 'PackageServedHeadChanged':
      return servesNow(next, event.data);
    case 'PackageLeaving': {
      const content = contentOf(event);
      const others = next.leaving.filter((one) => one.content.sha256 !== content.sha256);
      return { ...next, leaving: [...others, { content, since: event.data.since ?? new Date(0) }] };
    }
    case 'PackageLetGo': {
      const { holderIss, holderName, letGoAt = new Date(0) } = event.data;
      const content = contentOf(event);
      const others = without(next, content.sha256);
      return { ...others, letGo: [...others.letGo, { content, letGoAt, holderIss, holderName }] };
    }
    case 'PackageTrashed':
      return { ...next, trash: [...next.trash, { content: contentOf(event), trashedAt: event.data.trashedAt ?? new Date(0) }] };
    case 'PackageDiscarded':
      return discarded(next, contentOf(event).sha256);
    default:
      return next;
  }
}

function withChange(state: Package | undefined, event: ChangeEvent): Package {
  const { change, packageId } = event.data;
  if (change === undefined) throw new TypeError(`${event.type} without a change`);
  const before = state ?? newPackage(packageId, change);
  const isOwn = !('fromIss' in event.data) || event.data.fromIss === '';
  const { changes, heads } = withAnother(before, change);
  const uploaded = event.type === 'PackageUploaded' ? uploadedContent(event.data) : [];
  const isNew = uploaded.some((sha256) => !before.uploadedHere.includes(sha256));
  return dated({
    ...before,
    changes,
    heads,
    former: formerAfter(before.former, before.heads, heads, change),
    lastOwnStamp: isOwn && change.stamp > before.lastOwnStamp ? change.stamp : before.lastOwnStamp,
    uploadedHere: isNew ? [...new Set([...before.uploadedHere, ...uploaded])] : before.uploadedHere,
    leaving: before.leaving.filter(({ content }) => isNamed(heads, content) && !isInConflict(heads, content)),
    letGo: before.letGo.filter(({ content }) => isNamed(heads, content)),
    trash: before.trash.filter(({ content }) => !isNamed(heads, content)),
    sealedSince: 0,
  });
}

function isNamed(heads: Heads, { sha256 }: Content): boolean {
  return heads.some((head) => standingContents(head).some((content) => content.sha256 === sha256));
}

function isInConflict(heads: Heads, content: Content): boolean {
  return isNamed(
    heads.filter(({ isConflicted }) => isConflicted),
    content,
  );
}

function uploadedContent({ change, stage }: PackageUploaded): readonly string[] {
  const content = change?.sets.find((setting) => setting.stage === stage)?.content;
  return content === undefined ? [] : [content.sha256];
}

function newPackage(packageId: number, { uuid, filename }: PackageChange): Package {
  return {
    packageId,
    uuid,
    filename,
    changes: [],
    heads: headsOf([]),
    former: [],
    lastOwnStamp: 0n,
    serves: undefined,
    served: undefined,
    servedBefore: [],
    here: [],
    wanted: [],
    uploadedHere: [],
    leaving: [],
    letGo: [],
    trash: [],
    sealedSince: 0,
  };
}

function sealOf({ sealed: seal }: PackageSealed): PackageChange {
  if (seal === undefined) throw new TypeError('PackageSealed without a change');
  return seal;
}

/** Completes what names an unsealed content: the record, and what is kept of contents beside it. */
function sealed(state: Package, seal: PackageChange): Package {
  const changes = mergeChanges(state.changes, [seal]);
  const digests = new Map((isUnsealed(seal) ? [] : contentsOf(seal)).map((content) => [content.sha256, content]));
  const complete = (content: Content) => (content.manifestDigest === '' ? (digests.get(content.sha256) ?? content) : content);
  return {
    ...state,
    changes,
    heads: headsOf(changes),
    former: state.former.map((one) => ({ ...one, content: complete(one.content) })),
    serves: state.serves && { ...state.serves, content: complete(state.serves.content) },
    served: state.served && { ...state.served, content: complete(state.served.content) },
    wanted: state.wanted.map((one) => ({ ...one, content: complete(one.content) })),
    leaving: state.leaving.map((one) => ({ ...one, content: complete(one.content) })),
    letGo: state.letGo.map((one) => ({ ...one, content: complete(one.content) })),
    trash: state.trash.map((one) => ({ ...one, content: complete(one.content) })),
  };
}

function wanted(state: Package, content: Content, fromIss: string): Package {
  const others = without(state, content.sha256);
  return { ...others, wanted: [...others.wanted, { content, fromIss }] };
}

function published(state: Package, { sha256 }: Content): Package {
  const others = without(state, sha256);
  const { serves } = state;
  const next = { ...others, here: [...others.here, sha256] };
  return serves !== undefined && serves.content.sha256 === sha256 ? serving(next, serves) : next;
}

function without(state: Package, sha256: string): Package {
  return {
    ...state,
    here: state.here.filter((other) => other !== sha256),
    wanted: state.wanted.filter(({ content }) => content.sha256 !== sha256),
    leaving: state.leaving.filter(({ content }) => content.sha256 !== sha256),
    letGo: state.letGo.filter(({ content }) => content.sha256 !== sha256),
  };
}

function servesNow(state: Package, { stage, content }: PackageServedHeadChanged): Package {
  if (content === undefined) return { ...state, serves: undefined, served: undefined };
  const serves = { stage: parseStage(stage), content };
  const next = { ...state, serves };
  return state.here.includes(content.sha256) ? serving(next, serves) : next;
}

/** The bytes are here: they are what clients get from now on. */
function serving(state: Package, { stage, content }: ServedContent): Package {
  const { sha256 } = content;
  const served = { stage, content, sha256, datedAt: dateAmong(state.changes, content) ?? state.served?.datedAt };
  return { ...state, served, servedBefore: servedBefore(state.servedBefore, served) };
}

/** A change may give the served content a later date. */
function dated(state: Package): Package {
  if (state.served === undefined) return state;
  const datedAt = dateAmong(state.changes, state.served.content);
  return datedAt === undefined ? state : serving(state, state.served);
}

function discarded(state: Package, sha256: string): Package {
  const kept = without(state, sha256);
  return {
    ...kept,
    trash: kept.trash.filter(({ content }) => content.sha256 !== sha256),
    former: kept.former.filter(({ content }) => content.sha256 !== sha256),
    uploadedHere: kept.uploadedHere.filter((other) => other !== sha256),
  };
}

/** The content of a head or of the trash, as the package knows it. */
export function statusOf(state: Package, content: Content): ContentStatus {
  if (state.here.includes(content.sha256)) return 'Public';
  return state.wanted.some((one) => one.content.sha256 === content.sha256) ? 'Downloading' : 'Withheld';
}

/** The head that a package is listed under: the one that this server serves, or else the lowest that has a content. */
export function listedHead({ serves, heads }: Pick<Package, 'heads' | 'serves'>): ServedContent | undefined {
  const lowest = heads.find(({ content }) => content !== undefined);
  return serves ?? (lowest?.content && { stage: lowest.stage, content: lowest.content });
}

/** Whether what this server serves is deleted everywhere, and goes on being served until an admin confirms. */
export function awaitsConfirmation({ serves, heads }: Pick<Package, 'heads' | 'serves'>): boolean {
  return serves !== undefined && !heads.flatMap(standingContents).some(({ sha256 }) => sha256 === serves.content.sha256);
}

function contentOf(event: { readonly type: string; readonly data: { readonly content: Content | undefined } }): Content {
  if (event.data.content === undefined) throw new TypeError(`${event.type} without a content`);
  return event.data.content;
}
