export { type DeadLettersFixture, deadLettersContract } from './dead-letters-contract.ts';
export { eventBusContract } from './event-bus-contract.ts';
export type { EventBusFixture } from './fixture.ts';
export { type InboxFixture, inboxContract } from './inbox-contract.ts';
export { type LeaseFixture, leaseContract } from './lease-contract.ts';
export { aCloudEvent, aMessage, messagesFor } from './messages.ts';
export { type ProgressStoreFixture, progressStoreContract } from './progress-store-contract.ts';
