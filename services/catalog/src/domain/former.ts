import type { Content, PackageChange } from '@odst/contracts/catalog';
import { type Stage, stages } from '@odst/kernel';
import { isSameValue } from './change-merge.ts';
import { type Heads, headOf, standingContents } from './head.ts';

/** A content that a head had: what can be restored. */
export type FormerContent = {
  readonly stage: Stage;
  readonly content: Content;
  /** Stamp of the change that ended it. */
  readonly endedAt: bigint;
};

/** Most contents that are kept in mind for one head, the latest. */
const maxFormer = 20;

/** What the heads had, after `by` made `after` of `before`; latest first. */
export function formerAfter(
  former: readonly FormerContent[],
  before: Heads,
  after: Heads,
  by: PackageChange,
): readonly FormerContent[] {
  return stages.flatMap((stage) => {
    if (headOf(after, stage) === headOf(before, stage)) return former.filter((one) => one.stage === stage);
    const left = standingContents(headOf(after, stage));
    const gone = standingContents(headOf(before, stage)).filter((content) => !left.some((other) => isSameValue(content, other)));
    const again = new Set([...gone, ...left].map(({ sha256 }) => sha256));
    const known = former.filter((one) => one.stage === stage && !again.has(one.content.sha256));
    return [...gone.map((content) => ({ stage, content, endedAt: by.stamp })), ...known].slice(0, maxFormer);
  });
}

/** The former content of a head: that of a SHA-256 or, where that is empty, the latest that is not `present`. */
export function formerOf(
  former: readonly FormerContent[],
  stage: Stage,
  sha256: string,
  present: Content | undefined,
): Content | undefined {
  const others = former.filter(({ content }) => !isSameValue(content, present));
  const ofStage = others.filter((one) => one.stage === stage);
  // A content that only another head had may come to this one too: its bytes are the same.
  const candidates = sha256 === '' ? ofStage : [...ofStage, ...others].filter((one) => one.content.sha256 === sha256);
  return candidates[0]?.content;
}
