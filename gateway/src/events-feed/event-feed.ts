import type { BusMessage, CloudEvent } from '@odst/event-bus';
import type { TypeFilter } from './type-filter.ts';

/** An event of the feed: a CloudEvent with its place in this server's feed. */
export type FeedEvent = CloudEvent & {
  /** Contiguous number per server, from 1, as 20 digits. */
  readonly feedsequence: string;
};

/** What of the feed to read. */
export type FeedQuery = {
  /** The feedsequence that the reader has; 0n for none. */
  readonly after: bigint;
  /** Most events, from 1. */
  readonly limit: number;
  /** Bytes of JSON after which the page ends; it has one event at least. */
  readonly maxBytes: number;
  readonly filter: TypeFilter;
};

/** Which acts to read. */
export type ActsQuery = {
  /** Feedsequence behind those that are wanted. */
  readonly before: bigint;
  /** Most events, from 1. */
  readonly limit: number;
  /** Empty for any. */
  readonly actor: string;
  /** Stands in the event; empty for any. */
  readonly text: string;
  /** Short names of events; empty for all. */
  readonly names: readonly string[];
  readonly since?: Date | undefined;
  readonly until?: Date | undefined;
};

/** Which of what happened to read. */
export type ActivityQuery = {
  /** Feedsequence behind those that are wanted. */
  readonly before: bigint;
  /** Most events, from 1. */
  readonly limit: number;
  /** Short names of events. */
  readonly names: readonly string[];
  /** The stream that they are of, as `package-<uuid>`; empty for any. */
  readonly subject: string;
  /** Empty for any. */
  readonly actor: string;
  /** Stands in the event, by the letter, as the identity of a server; empty for any. */
  readonly text: string;
};

/** A page of the feed. */
export type FeedPage = {
  readonly items: readonly FeedEvent[];
  /** The feedsequence that was read up to, as 20 digits: cursor of the next page. It passes over what the filter left out. */
  readonly next: string;
  /** Whether `next` was the end of the feed. */
  readonly atEnd: boolean;
};

/** The record behind `GET /api/v1/events`. Disposing ends its connections. */
export interface EventFeed extends AsyncDisposable {
  /** Adds events of one topic, ascending, each once and under the next number; adding one again changes nothing. */
  add(messages: readonly BusMessage[]): Promise<void>;
  /**
   * Events after a feedsequence, oldest first.
   * @throws OdstError EVENTS_FEED_RESET when `after` was never issued; COMMON_DATABASE_UNAVAILABLE
   */
  read(query: FeedQuery): Promise<FeedPage>;
  /**
   * What accounts, tokens and who owns the machine caused, the newest first. It looks at 10,000 events at most.
   * @returns `next` is the `before` of the page behind it; 0n at the end
   * @throws OdstError COMMON_DATABASE_UNAVAILABLE
   */
  readActs(query: ActsQuery): Promise<{ readonly items: readonly FeedEvent[]; readonly next: bigint }>;
  /**
   * What happened, the newest first. It looks at 10,000 events at most, unless a subject is given.
   * @returns `next` as of {@link readActs}
   * @throws OdstError COMMON_DATABASE_UNAVAILABLE
   */
  readActivity(query: ActivityQuery): Promise<{ readonly items: readonly FeedEvent[]; readonly next: bigint }>;
  /** Feedsequence of the newest event, 0n for none. @throws OdstError COMMON_DATABASE_UNAVAILABLE */
  last(): Promise<bigint>;
  /** Calls after events were added, by this gateway or another; may also call when there are none. */
  onAdded(listener: () => void): Disposable;
}

const sequenceDigits = 20;

/** A feedsequence as integrators see it. */
export function feedSequence(number: bigint): string {
  return number.toString().padStart(sequenceDigits, '0');
}
