import type { EventMetadata, EventToAppend, Json, RecordedEvent } from './event.ts';

/** Version that a stream must have for an append to succeed; 0 is a stream without events. `any` does not check. */
export type ExpectedVersion = number | 'any';

/** One append: all of it is stored, or nothing. */
export type Append<Transaction = unknown> = {
  readonly stream: string;
  readonly expectedVersion: ExpectedVersion;
  /** May be empty: then only the command's result is recorded, as for a refusal. */
  readonly events: readonly EventToAppend[];
  readonly metadata: EventMetadata;
  /** What a repetition of the same `metadata.commandId` is answered with. Default null. */
  readonly result?: Json;
  /**
   * Writes that are committed with the events, such as a secret or a manifest. Runs after the events are written,
   * inside their transaction; if it throws, nothing is stored.
   */
  readonly alongside?: (transaction: Transaction) => Promise<void>;
};

/** What an append did, or did when its command came first. */
export type AppendResult = {
  /** Version of the stream after the append. */
  readonly version: number;
  /** Position of the last event of the append; of the store's end when it had none. */
  readonly position: bigint;
  /** The events of the command as they were recorded. */
  readonly events: readonly RecordedEvent[];
  readonly result: Json;
  /** True when the command id was known: nothing was stored, the rest is what the first run gave. */
  readonly repeated: boolean;
};

/** A page of the store's events in position order. */
export type EventSource = {
  /**
   * Up to `limit` events with a position above `after`, ascending and without a gap: an event that shows up later
   * never has a position at or below one already read.
   */
  readAll(after: bigint, limit: number): Promise<readonly RecordedEvent[]>;
  /** Position of the last committed event; 0n in an empty store. */
  lastPosition(): Promise<bigint>;
  /**
   * Calls `listener` soon after events were committed, by this process or another. A hint: calls may be merged or,
   * when a connection breaks, missing, so listeners also poll.
   */
  onAppended(listener: () => void): Disposable;
};

/**
 * The memory of one service: streams of events with optimistic concurrency. Safe for concurrent use.
 * Adapters run the suite of `@odst/event-store/contract`.
 */
export interface EventStore<Transaction = unknown> extends EventSource {
  /**
   * Stores events durably: once the promise resolves they survive a crash.
   * @throws OdstError COMMON_COMMAND_CONFLICT when the stream has another version; nothing is stored. Details:
   *   `stream`, `expectedVersion`, `actualVersion`.
   * @throws OdstError COMMON_DATABASE_UNAVAILABLE when the store cannot be reached. Whether the append took place is
   *   then unknown; repeating it with the same command id is safe.
   */
  append(append: Append<Transaction>): Promise<AppendResult>;
  /** The events of a stream with a version above `afterVersion` (default 0), ascending; none for an unknown stream. */
  readStream(stream: string, afterVersion?: number): Promise<readonly RecordedEvent[]>;
  /** What the command of this id gave, if it was run. */
  findCommand(commandId: string): Promise<AppendResult | undefined>;
}
