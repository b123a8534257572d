import type { Content } from '@odst/contracts/catalog';
import { admits, type Stage } from '@odst/kernel';
import { type Head, standingContents } from './head.ts';
import type { Package } from './package.ts';

/** Another server that has said, signed, that it holds a content. */
export type Holder = {
  /** 32 hex digits. */
  readonly iss: string;
  readonly name: string;
  readonly stage: Stage;
};

/** What decides on whether a content leaves. */
type Leaver = Pick<Package, 'heads' | 'here' | 'uploadedHere' | 'serves' | 'served'>;

/**
 * The contents that are to leave this server once another one that admits them holds them: their bytes are here, some head has them, and
 * none that this server admits. What was uploaded here stays, and so does every side of a conflict until an admin has resolved it, since
 * nobody fetches the side that loses. What is served until other bytes have come is needed until then.
 */
export function leavingContents(state: Leaver, serverStage: Stage): readonly Content[] {
  const { here, uploadedHere, serves, served } = state;
  const isPlaceholder = (sha256: string) => served?.content.sha256 === sha256 && serves?.content.sha256 !== sha256;
  return here.flatMap((sha256) => {
    if (uploadedHere.includes(sha256) || isPlaceholder(sha256)) return [];
    const having = headsWith(state, sha256);
    if (having.some(({ isConflicted, stage }) => isConflicted || admits(serverStage, stage))) return [];
    return having.flatMap(({ content }) => content ?? []).slice(0, 1);
  });
}

/** The heads in which a content stands, ascending by stage. */
export function headsWith({ heads }: Pick<Package, 'heads'>, sha256: string): readonly Head[] {
  return heads.filter((head) => standingContents(head).some((content) => content.sha256 === sha256));
}

/** The content, where it may leave because this server holds it: one that admits it itself never lets it go. */
export function leavingTo(state: Leaver, sha256: string, holder: Holder, serverStage: Stage): Content | undefined {
  const content = leavingContents(state, serverStage).find((one) => one.sha256 === sha256);
  return headsWith(state, sha256).some(({ stage }) => admits(holder.stage, stage)) ? content : undefined;
}
