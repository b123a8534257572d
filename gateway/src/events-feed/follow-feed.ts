import { createAutoResetEvent } from '@odst/async';
import type { EventFeed, FeedPage, FeedQuery } from './event-feed.ts';

/** How to follow the feed. */
export type FollowOptions = FeedQuery & {
  /** Ends it. */
  readonly signal: AbortSignal;
  /** After as long without events an empty page comes. */
  readonly idleMs: number;
};

/**
 * Reads the feed for ever: what there is, then what comes. Nothing is read ahead of who takes the pages, so a slow one costs
 * one page of memory.
 * @throws what `read` throws
 */
export async function* followFeed(feed: EventFeed, options: FollowOptions): AsyncGenerator<FeedPage> {
  const { signal, idleMs, ...query } = options;
  const added = createAutoResetEvent();
  using _listening = feed.onAdded(() => added.set());
  for (let { after } = query; !signal.aborted; ) {
    const page = await feed.read({ ...query, after });
    yield page;
    after = BigInt(page.next);
    if (page.atEnd) await added.wait(signal, idleMs);
  }
}
