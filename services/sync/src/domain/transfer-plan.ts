import type { ContentId } from './content-id.ts';
import type { Retry } from './transfer.ts';

/** Transfers that may run from one peer at the same time. */
export const transfersPerPeer = 2;

/** A peer whose feed names a content. */
export type Holder = {
  readonly peerIss: string;
  /** Whether the peer's stage admits the content, or it made the change: then it has the bytes, or soon will. */
  readonly likely: boolean;
};

/** A content that is wanted and not under way. */
export type WaitingContent = ContentId & {
  /** Peer that told of it first; empty for none. */
  readonly toldByIss: string;
  readonly holders: readonly Holder[];
  /** Not before this time, whatever the source. */
  readonly here: Retry | undefined;
  /** Failures by source. */
  readonly bySource: ReadonlyMap<string, Retry>;
};

/** A transfer to start. */
export type TransferStart = ContentId & { readonly sourceIss: string };

/** What to do now, and when to look again. */
export type TransferPlan = {
  readonly starts: readonly TransferStart[];
  /** Time at which a pause ends that keeps an online source from serving; undefined when only outer events help. */
  readonly lookAgainAt: Date | undefined;
};

/**
 * The sources of a content, best first: fewest failures (so that a failing source alternates with the others), then the
 * peer that told, then the likely ones, then by iss.
 */
export function sourcesOf(content: WaitingContent): readonly string[] {
  const likely = new Map(content.holders.map((holder) => [holder.peerIss, holder.likely]));
  if (content.toldByIss !== '' && !likely.has(content.toldByIss)) likely.set(content.toldByIss, true);
  return [...likely]
    .map(([iss, isLikely]) => ratedOf(content, iss, isLikely))
    .sort(byRating)
    .map(({ iss }) => iss);
}

/** The first of them; undefined for none. */
export function bestSourceOf(content: WaitingContent): string | undefined {
  const { toldByIss, holders } = content;
  let best = toldByIss === '' ? undefined : ratedOf(content, toldByIss, true);
  for (const { peerIss, likely } of holders) {
    const rated = ratedOf(content, peerIss, likely);
    if (best === undefined || byRating(rated, best) < 0) best = rated;
  }
  return best?.iss;
}

type Rated = { readonly iss: string; readonly failures: number; readonly rank: number };

function ratedOf({ toldByIss, bySource }: WaitingContent, iss: string, likely: boolean): Rated {
  return { iss, failures: bySource.get(iss)?.failures ?? 0, rank: iss === toldByIss ? 0 : likely ? 1 : 2 };
}

function byRating(one: Rated, other: Rated): number {
  return one.failures - other.failures || one.rank - other.rank || (one.iss === other.iss ? 0 : one.iss < other.iss ? -1 : 1);
}

/** Of those sources of a content that answer: whether one can begin now, and whether its manifest failed with each. */
export function outlookOf(
  content: WaitingContent,
  online: ReadonlySet<string>,
  now: Date,
): { readonly canBegin: boolean; readonly isPutAside: boolean } {
  const sources = sourcesOf(content).filter((iss) => online.has(iss));
  return {
    canBegin: sources.some((iss) => pausedUntilMs(content, iss) <= now.getTime()),
    isPutAside: sources.length > 0 && sources.every((iss) => content.bySource.get(iss)?.badManifest === true),
  };
}

/** Until when a source is not to be asked for a content, in milliseconds since 1970; 0 where nothing failed. */
export function pausedUntilMs({ here, bySource }: Pick<WaitingContent, 'here' | 'bySource'>, iss: string): number {
  return Math.max(here?.nextTryAt.getTime() ?? 0, bySource.get(iss)?.nextTryAt.getTime() ?? 0);
}
