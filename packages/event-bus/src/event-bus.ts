import type { OdstError } from '@odst/kernel';
import type { CloudEvent } from './cloud-event.ts';

/** Where a consumer stands in a topic: the position of the last message it is done with. */
export type TopicPosition = { readonly topic: string; readonly position: bigint };

/** A message as a consumer gets it. */
export type BusMessage = {
  readonly topic: string;
  /** Aggregate id: messages of one key arrive in order. */
  readonly key: string;
  /** Position of the event in the owning service's store; ascending per topic. */
  readonly position: bigint;
  readonly event: CloudEvent;
};

/** Proof of the right to publish for a service. */
export type Producer = {
  /** Owning service; its topic is `odst.<service>.v1`. */
  readonly service: string;
  /** Fencing number of the relay's lease: a bus refuses one lower than it has seen. */
  readonly fence: bigint;
};

/** The event of a service that was published last. */
export type LastPublished = {
  /** Its position, the highest published; 0n where nothing was published. */
  readonly position: bigint;
  /** Its id; undefined where nothing was published. */
  readonly eventId: string | undefined;
};

/**
 * Is done with the message when it resolves. When it throws, the message comes again after a delay (100 ms doubled
 * up to 5 s), and the key's later messages wait; other keys go on.
 */
export type MessageHandler = (message: BusMessage) => Promise<void>;

/** For those who store what comes: many messages for the price of one, and all of a topic in order of position. */
export type BatchHandler = {
  /**
   * Is done with all of the messages when it resolves: 1 to 500 of one topic, ascending. When it throws, all of them come
   * again after a delay (100 ms doubled up to 5 s), and the topic waits. Topics are handed over independently of each other.
   */
  readonly handleBatch: (messages: readonly BusMessage[]) => Promise<void>;
};

/** Options of a subscription. */
export type Subscription = {
  readonly topics: readonly string[];
  /** Consumer group, `<service>.<consumer>`: each message goes to one member of each group. */
  readonly group: string;
  /** Where a group without history begins. Default `earliest`. */
  readonly from?: 'earliest' | 'latest';
  /**
   * Most messages handled at once, per topic, each of another key. Default 1: then the messages of a topic come in order
   * of position, but for those of keys that failed. Batches are always one at a time.
   */
  readonly concurrency?: number;
  readonly handler: MessageHandler | BatchHandler;
};

/**
 * At-least-once delivery of published events, in order per key. Adapters run the suite of `@odst/event-bus/contract`.
 */
export interface EventBus {
  /**
   * Publishes events of one service in order; resolves when they are durable. Publishing a position again is harmless.
   * @throws OdstError COMMON_COMMAND_CONFLICT when another producer with a higher fence took over
   * @throws OdstError COMMON_SERVICE_UNAVAILABLE when the bus cannot be reached
   */
  publish(producer: Producer, messages: readonly BusMessage[]): Promise<void>;
  /**
   * When the oldest message was recorded that a group is not done with, by topic; of those that it is done with nothing. It is what
   * the bus keeps of the group, so it is right of one that another process serves, or nobody, but for the last moments.
   * @throws OdstError COMMON_SERVICE_UNAVAILABLE when the bus cannot be reached
   */
  oldestUndone(group: Pick<Subscription, 'group' | 'topics' | 'from'>): Promise<ReadonlyMap<string, Date>>;
  /** Starts delivery; disposing waits for the handlers under way. */
  subscribe(subscription: Subscription): Promise<AsyncDisposable>;
  /**
   * What was published last for a service: where its relay goes on.
   * @throws OdstError COMMON_SERVICE_UNAVAILABLE when the bus cannot be reached
   */
  lastPublished(service: string): Promise<LastPublished>;
  /**
   * The error for a topic whose last event the service's store does not have. The adapter knows what may have led to it, and
   * what an operator does then.
   * @returns OdstError COMMON_SETTING_INVALID
   */
  foreignTopic(service: string): OdstError;
  /** Topic of a service, the same on every bus: inboxes, dead letters and the feed know it by this name. */
  topicOf(service: string): string;
}
