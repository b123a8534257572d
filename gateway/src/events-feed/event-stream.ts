import type { FeedPage } from './event-feed.ts';

/** How long a reader waits before it connects again. */
const retryMs = 1_000;
/** So many events a filter passes over before the reader is told of its progress, however short the time. */
const longestSilentStretch = 1_000n;

/** How a stream is written. */
export type EventStreamOptions = {
  /** The feedsequence that the reader has. */
  readonly after: bigint;
  /** Longest silence: reader and proxies see that the connection lives. */
  readonly heartbeatMs: number;
  /** Milliseconds that only go forward. */
  readonly elapsedMs: () => number;
  /** Whether the reader sees it too that the connection lives, as a block of a kind of its own: pages are not told of comments. Default no. */
  readonly isAliveTold?: boolean;
};

/**
 * Writes pages of the feed as `text/event-stream` (HTML Living Standard, §9.2): each event with `id: <feedsequence>` and
 * `data: <CloudEvent>`. A block with `id` only moves a reader's `Last-Event-ID` over what its filter left out and makes no event
 * there; a comment keeps the connection alive. Blocks of other kinds, which have no `id`, follow the events of their page.
 */
export async function* eventStream(
  pages: AsyncIterable<FeedPage & { readonly others?: readonly string[] }>,
  options: EventStreamOptions,
): AsyncGenerator<string> {
  const { heartbeatMs, elapsedMs, isAliveTold = false } = options;
  let told = options.after;
  let writtenAtMs = elapsedMs();
  yield `retry: ${retryMs}\n\n`;
  for await (const { items, next, others = [] } of pages) {
    const reached = BigInt(next);
    const events = items.map((event) => `id: ${event.feedsequence}\ndata: ${JSON.stringify(event)}\n\n`);
    const last = items.at(-1);
    if (last !== undefined) told = BigInt(last.feedsequence);
    events.push(...others);
    const isSilent = events.length === 0 && elapsedMs() - writtenAtMs >= heartbeatMs;
    const isMoved = reached > told && (isSilent || reached - told >= longestSilentStretch);
    if (isMoved) {
      events.push(`id: ${next}\n\n`);
      told = reached;
    }
    if (isSilent && isAliveTold) events.push('event: alive\ndata: {}\n\n');
    else if (isSilent && !isMoved) events.push(': alive\n\n');
    if (events.length === 0) continue;
    yield events.join('');
    writtenAtMs = elapsedMs();
  }
}
