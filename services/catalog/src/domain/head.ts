import type { Content, PackageChange } from '@odst/contracts/catalog';
import { admits, type Stage, stages } from '@odst/kernel';
import { type Claim, claimsOn, claimsWith, isSameChange, isSameValue, standingIn } from './change-merge.ts';
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
  return stages.map((stage) => headFrom(claimsOn(changes, stage), stage));
}

/** Changes and the heads that they make. */
type Standing = { readonly changes: readonly PackageChange[]; readonly heads: Heads };

/** The merge of what stands with one more change. Heads that it leaves alone stay as they are. */
export function withAnother(before: Standing, change: PackageChange): Standing {
  const { changes } = before;
  if (changes.some((known) => isSameChange(known, change))) return before;
  const heads = before.heads.map((head) => {
    const claims = claimsWith(head.claims, changes, change, head.stage);
    return claims === head.claims ? head : headFrom(claims, head.stage);
  });
  const claims = heads.map((head) => head.claims);
  return { heads, changes: standingIn([...changes, change], claims) };
}

function headFrom(claims: readonly Claim[], stage: Stage): Head {
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
  // Equal changes share their body, so that most of many contents are one object.
  const contents = [...new Set(claims.flatMap(({ setting: { content } }) => content ?? []))];
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
