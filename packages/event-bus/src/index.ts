export type { CloudEvent } from './cloud-event.ts';
export { beingRetried, notFirst } from './dead-letters/conflicts.ts';
export type { DeadLetterDesk, RetryOutcome, Skip } from './dead-letters/dead-letter-desk.ts';
export { createDeadLetterDesks, type DeadLetterDesks } from './dead-letters/dead-letter-desks.ts';
export type {
  DeadLetter,
  DeadLetterQuery,
  DeadLetterState,
  DeadLetters,
  Failure,
  ParkedKey,
} from './dead-letters/dead-letters.ts';
export { checkSkipReason } from './dead-letters/skip-reason.ts';
export { type ConsumerAge, createConsumerAge } from './delivery/consumer-age.ts';
export type { Delivery } from './delivery/delivery.ts';
export { firstUndone, type Progress } from './delivery/progress.ts';
export type { GroupInTopic, ProgressStore } from './delivery/progress-store.ts';
export { type DeliveryOptions, startDelivery } from './delivery/start-delivery.ts';
export type { TopicLog } from './delivery/topic-log.ts';
export type {
  BatchHandler,
  BusMessage,
  EventBus,
  LastPublished,
  MessageHandler,
  Producer,
  Subscription,
  TopicPosition,
} from './event-bus.ts';
export { eventNameOf, payloadOf, readEvent } from './event-type.ts';
export type { Inbox } from './inbox.ts';
export type { Lease } from './lease.ts';
export { createMemoryDeadLetters } from './memory/memory-dead-letters.ts';
export { createMemoryEventBus, type MemoryEventBusOptions } from './memory/memory-event-bus.ts';
export { createMemoryInbox } from './memory/memory-inbox.ts';
export { createMemoryLease } from './memory/memory-lease.ts';
export { createMemoryProgressStore } from './memory/memory-progress-store.ts';
export { gapBefore, newMessages, overtaken } from './publication.ts';
export { reactionCommandId, reactionMetadata } from './reactions/reaction-metadata.ts';
export type { ReactionStep } from './reactions/reaction-step.ts';
export { type Reaction, type ReactionOptions, type Sweep, startReaction } from './reactions/start-reaction.ts';
export type { Relay } from './relay/relay.ts';
export { requireOwnTopic } from './relay/require-own-topic.ts';
export { type RelayOptions, startRelay } from './relay/start-relay.ts';
export { aggregateIdOf, type EventOrigin, toCloudEvent } from './relay/to-cloud-event.ts';
export { topicOf, topicRoot } from './topic-of.ts';
export { type LeasedWork, runUnderLease } from './under-lease.ts';
