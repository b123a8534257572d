import type { Content, PackageChange } from '@odst/contracts/catalog';
import { admits, type Stage, stages } from '@odst/kernel';
import { settingOf } from './change.ts';
import { type Claim, claimsOn, isSameValue } from './change-merge.ts';
import { joinVectors, type VersionVector } from './version-vector.ts';

/** What a package is in one stage. */
export type Head = {
  readonly stage: Stage;
  /** Undefined: nothing. */
  readonly content: Content | undefined;
  /** What stands, the winner first; none where nobody ever set the head. */
  readonly claims: readonly Claim[];
  /** Whether what stands differs: the content of the winner, and others that an admin is to choose from. */
  readonly isConflicted: boolean;
};

/** The heads of a package, ascending by stage. */
export type Heads = readonly Head[];

/** The heads that these changes make. */
export function headsOf(changes: readonly PackageChange[]): Heads {
  return stages.map((stage) => headFrom(changes, stage));
}

/** The heads that these changes make, which are those of `before` but for what `change` did: heads that it leaves alone stay. */
export function headsAfter(before: Heads, changes: readonly PackageChange[], change: PackageChange): Heads {
  return before.map((head) => (settingOf(change, head.stage) === undefined ? head : headFrom(changes, head.stage)));
}

function headFrom(changes: readonly PackageChange[], stage: Stage): Head {
  const claims = claimsOn(changes, stage);
  return { stage, content: claims[0]?.setting.content, claims, isConflicted: isConflict(claims) };
}

/** One of the heads. */
export function headOf(heads: Heads, stage: Stage): Head {
  const head = heads.find((candidate) => candidate.stage === stage);
  if (head === undefined) throw new RangeError(`there is no head of ${stage}`);
  return head;
}

/** What a server of this stage is to serve: of the heads that it admits, the lowest that has a content. */
export function servedHead<H extends Pick<Head, 'stage' | 'content'>>(heads: readonly H[], serverStage: Stage): H | undefined {
  return heads.find(({ stage, content }) => content !== undefined && admits(serverStage, stage));
}

/** What the head has seen of its changes: all that stand. */
export function seenOf({ claims }: Head): VersionVector {
  return claims.reduce<VersionVector>((joined, { vector }) => joinVectors(joined, vector), []);
}

/** The contents that stand in a head, losing ones too, each once. */
export function standingContents({ claims }: Pick<Head, 'claims'>): readonly Content[] {
  const contents = claims.flatMap(({ setting: { content } }) => (content === undefined ? [] : [content]));
  return contents.filter((content, index) => contents.findIndex((other) => isSameValue(other, content)) === index);
}

/** Two contents, or a content and a nothing that was not set by the way. */
function isConflict(claims: readonly Claim[]): boolean {
  const [winner] = claims;
  if (winner?.setting.content === undefined) return false;
  return claims.some(({ setting: { content, byTheWay } }) =>
    content === undefined ? !byTheWay : !isSameValue(content, winner.setting.content),
  );
}
