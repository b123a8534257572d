import { PackageRecord } from '@odst/contracts/catalog';
import { SignedProfile } from '@odst/contracts/registration';
import { OdstError } from '@odst/kernel';
import { type Feed, formatCursor, type Place, placeAfter } from '../domain/cursor.ts';
import type { FeedSignal } from './feed-signal.ts';
import type { FeedContent, FeedEntry, FeedStore, Scheduler } from './ports.ts';

/** Longest wait for a change. */
export const longestWaitMs = 30_000;

/** Most records of one page. */
export const largestPage = 1_000;

const defaultPage = 500;

/** Pages end before they would not fit into a message, however long the records' histories are. */
const pageBudgetBytes = 8 * 1_048_576;

/** How often a waiting reader looks for changes that another process made. */
const lookAgainMs = 5_000;

/** Where to read. */
export type ReadChanges = {
  /** In which epoch the peer runs; empty where it does not say. */
  readonly epoch: string;
  /** Cursor of the last page; empty, broken or of another feed: from the start. */
  readonly after: string;
  /** 0 to 30,000. */
  readonly waitMs: number;
  /** 1 to 1,000; 0 for 500. */
  readonly limit: number;
};

/** A page of this server's feed. */
export type FeedPage = {
  readonly feedId: string;
  /** In which this server runs. */
  readonly epoch: string;
  /** Whether this server was restored since the cursor was given, and the page begins before it. */
  readonly restored: boolean;
  readonly records: readonly PackageRecord[];
  /** Of servers that are known here, this one included. */
  readonly profiles: readonly SignedProfile[];
  readonly next: string;
  readonly more: boolean;
};

/**
 * Reads the feed after a cursor; waits while there is nothing.
 * @throws OdstError COMMON_REQUEST_INVALID
 */
export async function readChanges(
  deps: { readonly feed: FeedStore; readonly feedSignal: FeedSignal; readonly scheduler: Scheduler },
  request: ReadChanges,
  signal: AbortSignal,
): Promise<FeedPage> {
  const { feed, feedSignal, scheduler } = deps;
  const limit = checkLimit(request.limit);
  if (!(request.waitMs >= 0 && request.waitMs <= longestWaitMs)) {
    throw new OdstError('COMMON_REQUEST_INVALID', `wait is 0 to ${longestWaitMs} ms`, { pointer: '/wait' });
  }
  const endsAt = scheduler.now().getTime() + request.waitMs;
  for (;;) {
    const seen = feedSignal.version;
    const head = await feed.head();
    const { position, restored } = placeAfter(request.after, head);
    const entries = position < head.position ? await feed.read(position, limit + 1) : [];
    const remainingMs = endsAt - scheduler.now().getTime();
    if (entries.length > 0 || remainingMs <= 0 || signal.aborted) return pageOf(head, { position, restored }, entries, limit);
    await feedSignal.changedSince(seen, Math.min(remainingMs, lookAgainMs), signal);
  }
}

function checkLimit(limit: number): number {
  if (limit === 0) return defaultPage;
  if (limit >= 1 && limit <= largestPage) return limit;
  throw new OdstError('COMMON_REQUEST_INVALID', `limit is 1 to ${largestPage}`, { pointer: '/limit' });
}

function pageOf(feed: Feed, place: Place, entries: readonly FeedEntry[], limit: number): FeedPage {
  const page: FeedEntry[] = [];
  let sizeBytes = 0;
  for (const entry of entries.slice(0, limit)) {
    sizeBytes += bytesOf(entry.content) * 2;
    if (page.length > 0 && sizeBytes > pageBudgetBytes) break;
    page.push(entry);
  }
  return {
    feedId: feed.feedId,
    epoch: feed.epochs.at(-1)?.id ?? '',
    restored: place.restored,
    records: page.flatMap(({ content }) => (content.kind === 'package' ? [content.record] : [])),
    profiles: page.flatMap(({ content }) => (content.kind === 'profile' ? [content.profile] : [])),
    next: formatCursor({ ...feed, position: page.at(-1)?.position ?? place.position }),
    more: page.length < entries.length,
  };
}

function bytesOf(content: FeedContent): number {
  const encoded = content.kind === 'package' ? PackageRecord.encode(content.record) : SignedProfile.encode(content.profile);
  return encoded.finish().length;
}
