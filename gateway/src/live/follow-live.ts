import { createAutoResetEvent } from '@odst/async';
import type { EventFeed, FeedPage } from '../events-feed/event-feed.ts';
import { feedSequence } from '../events-feed/event-feed.ts';
import type { FollowOptions } from '../events-feed/follow-feed.ts';
import type { LiveHub, LiveUpdate } from './live-hub.ts';

/** A page of the feed, and what else changed: blocks of `text/event-stream`. */
export type LivePage = FeedPage & { readonly others: readonly string[] };

/**
 * Follows the feed and the hub for ever. The feed is read when it has something new, and now and then. Nothing is read ahead of who takes
 * the pages, and of what else changed only the last word waits for a slow one.
 * @throws what the feed's `read` throws
 */
export async function* followLive(
  feed: EventFeed,
  hub: LiveHub,
  { signal, idleMs, ...query }: FollowOptions,
): AsyncGenerator<LivePage> {
  const woken = createAutoResetEvent();
  const pending = createPending();
  let isBehind = true;
  using _events = feed.onAdded(() => {
    isBehind = true;
    woken.set();
  });
  using _others = hub.follow((update) => {
    pending.add(update);
    woken.set();
  });
  for (let { after } = query; !signal.aborted; ) {
    let page: FeedPage = { items: [], next: feedSequence(after), atEnd: true };
    if (isBehind) {
      isBehind = false;
      page = await feed.read({ ...query, after });
      isBehind ||= !page.atEnd;
    }
    yield { ...page, others: pending.take() };
    after = BigInt(page.next);
    if (isBehind || !pending.isEmpty()) continue;
    await woken.wait(signal, idleMs);
    if (pending.isEmpty()) isBehind = true;
  }
}

/** What is to be told and was not taken yet: bounded, however long it waits. */
function createPending() {
  const latest = new Map<string, string>();
  const contents = new Set<string>();
  let heard: readonly string[] | undefined;
  const isEmpty = (): boolean => latest.size === 0 && contents.size === 0 && heard === undefined;
  return {
    isEmpty,
    add(update: LiveUpdate): void {
      if (update.event === 'interrupted') latest.clear();
      if (update.event !== 'coverage') {
        latest.delete('interrupted');
        latest.set(update.event, update.data);
        return;
      }
      for (const prefix of update.contents) contents.add(prefix);
      heard = update.heard ?? heard;
    },
    take(): readonly string[] {
      const blocks = [...latest].map(([event, data]) => blockOf(event, data));
      if (contents.size > 0 || heard !== undefined) {
        blocks.push(blockOf('coverage', JSON.stringify({ contents: [...contents].sort(), heard: heard ?? null })));
      }
      latest.clear();
      contents.clear();
      heard = undefined;
      return blocks;
    },
  };
}

function blockOf(event: string, data: string): string {
  return `event: ${event}\ndata: ${data}\n\n`;
}
