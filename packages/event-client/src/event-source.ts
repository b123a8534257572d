import type { ServerEvent } from './events/event-message.ts';

/** Where to begin: with the first event there is, with what comes from now on, or behind a position. */
export type StartPosition = 'beginning' | 'latest' | { readonly after: string };

/** What a source gives. */
export type SourceItem = {
  /** Where reading goes on behind this item: opaque, of this source only. */
  readonly position: string;
  /** None when only the position moved, over events that were filtered out. */
  readonly event?: ServerEvent;
};

/** Where events come from. Adapters: HTTP, and Kafka in `@odst/event-client/kafka`. */
export interface EventSource {
  /**
   * Reads for ever: what there is, then what comes, in order per `partitionkey`. What breaks for a while is tried again with a
   * growing pause; nothing is left out, and something may come twice. Nothing is read far ahead of who takes the items.
   * Ends without an error when the signal aborts.
   * @throws OdstError EVENTS_FEED_RESET when the server does not have the position, as after a restore from a backup
   * @throws OdstError what the server refuses the request with, as COMMON_LOGIN_REQUIRED; COMMON_REQUEST_INVALID for a position
   *   that is not of this source
   */
  read(from: StartPosition, signal: AbortSignal): AsyncIterable<SourceItem>;
}
