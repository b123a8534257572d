export { eventStoreContract } from './event-store-contract.ts';
export type { EventStoreFixture } from './fixture.ts';
export { type DeciderSpec, type GivenEvents, givenDecider, type WhenCommand } from './given-decider.ts';
