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

/** What the planner sees. */
export type PlanInput = {
  /** In the order of want. */
  readonly waiting: readonly WaitingContent[];
  /** Peers that answer, with the number of transfers that may be added. */
  readonly freeSlots: ReadonlyMap<string, number>;
  readonly now: Date;
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
  const rank = (iss: string) => (iss === content.toldByIss ? 0 : likely.get(iss) ? 1 : 2);
  const failures = (iss: string) => content.bySource.get(iss)?.failures ?? 0;
  return [...likely.keys()].sort((a, b) => failures(a) - failures(b) || rank(a) - rank(b) || (a < b ? -1 : 1));
}

/** Chooses a source for each waiting content that can start now. */
export function planTransfers({ waiting, freeSlots, now }: PlanInput): TransferPlan {
  const slots = new Map(freeSlots);
  const starts: TransferStart[] = [];
  let lookAgainMs = Number.POSITIVE_INFINITY;
  for (const content of waiting) {
    const pauseMs = (iss: string) => pausedUntilMs(content, iss);
    const online = sourcesOf(content).filter((iss) => slots.has(iss));
    const source = online.find((iss) => (slots.get(iss) ?? 0) > 0 && pauseMs(iss) <= now.getTime());
    if (source === undefined) {
      const pauses = online.map(pauseMs).filter((ms) => ms > now.getTime());
      lookAgainMs = Math.min(lookAgainMs, ...pauses);
      continue;
    }
    slots.set(source, (slots.get(source) ?? 0) - 1);
    starts.push({ sha256: content.sha256, manifestDigest: content.manifestDigest, sourceIss: source });
  }
  return { starts, lookAgainAt: Number.isFinite(lookAgainMs) ? new Date(lookAgainMs) : undefined };
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

/** Milliseconds since 1970. */
function pausedUntilMs({ here, bySource }: WaitingContent, iss: string): number {
  return Math.max(here?.nextTryAt.getTime() ?? 0, bySource.get(iss)?.nextTryAt.getTime() ?? 0);
}
