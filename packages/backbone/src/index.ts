export { type AppendSignal, createAppendSignal } from '@odst/event-store-postgres';
export { kafkaBusOf } from './kafka-bus.ts';
export { type Backbone, type BackboneOptions, type KafkaBus, openBackbone } from './open-backbone.ts';
export type { EventStoreDbLocation } from './open-event-store.ts';
export { type ProvisionServiceOptions, provisionService } from './provision.ts';
export { type DeadLettersDeps, localDeadLetters, serveDeadLetters } from './serve-dead-letters.ts';
export { serveProjections } from './serve-projections.ts';
export type { ServiceRuntime } from './service-runtime.ts';
export { type ProcessDeps, type ServiceProgram, startServiceProcess } from './start-service-process.ts';
