import type { JsonObject } from '@odst/event-store';

/** An event in the form that EventStoreDB takes. */
export type StreamEvent = {
  /** A UUID: the server takes an event of the same id at the same place for the same event. */
  readonly id: string;
  readonly type: string;
  /** JSON, or the bytes of a link. */
  readonly data: JsonObject | Uint8Array;
  readonly metadata?: object;
};

/** An entry of a stream as it is read, links followed. */
export type StreamEntry = {
  /** Place in the stream that was read, from 0n. */
  readonly revision: bigint;
  /** Id of the entry: of a link its own. */
  readonly id: string;
  /** The event; undefined where a link leads nowhere. */
  readonly event:
    | {
        readonly id: string;
        readonly stream: string;
        readonly revision: bigint;
        readonly type: string;
        readonly data: unknown;
        readonly metadata: unknown;
      }
    | undefined;
};

/** What a subscription tells. */
export type FollowListener = {
  /** The server confirmed the subscription: all that it does not send from now on was there before. */
  readonly onConfirmed: () => void;
  /** The next entry; links are not followed. */
  readonly onEntry: (revision: bigint) => void;
};

/**
 * Streams of EventStoreDB, as far as the store needs them.
 * @throws OdstError of all methods: COMMON_DATABASE_UNAVAILABLE when it cannot be reached, COMMON_SETTING_INVALID when it
 *   refuses the user of EVENTSTORE_URL
 */
export interface EventStreams extends AsyncDisposable {
  /**
   * Appends events in one write whose first one gets `firstRevision`. Events that are there already, with the same ids at
   * the same places, count as written.
   * @returns false when the stream ends elsewhere; nothing was written
   */
  append(stream: string, events: readonly StreamEvent[], firstRevision: bigint): Promise<boolean>;
  /** Up to `limit` entries from a revision on, ascending; none for an unknown stream. */
  read(stream: string, from: bigint, limit: number): Promise<readonly StreamEntry[]>;
  /** Revision of the last entry; -1n of an unknown stream. */
  lastRevision(stream: string): Promise<bigint>;
  /** Tells of the entries above a revision until the signal aborts; rejects when the subscription breaks. */
  follow(stream: string, after: bigint, listener: FollowListener, signal: AbortSignal): Promise<void>;
}
