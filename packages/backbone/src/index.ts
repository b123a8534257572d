export { type AppendSignal, createAppendSignal } from '@odst/event-store-postgres';
export {
  defineService,
  inOrderOfNeeds,
  type RunningService,
  type ServiceDefinition,
  type ServiceOptions,
  type ServiceProcess,
  type ServiceRuntime,
} from './define-service.ts';
export { kafkaBusOf } from './kafka-bus.ts';
export { type Backbone, type BackboneOptions, type KafkaBus, openBackbone } from './open-backbone.ts';
export type { EventStoreDbLocation } from './open-event-store.ts';
export { type ProvisionServiceOptions, provisionService } from './provision.ts';
export { runService, startServiceProcess } from './run-service.ts';
export { type DeadLettersDeps, localDeadLetters, serveDeadLetters } from './serve-dead-letters.ts';
export { serveProjections } from './serve-projections.ts';
export {
  commonSettings,
  readServiceSettings,
  type SettingsOfServices,
  serviceAddressOf,
  settingNames,
} from './service-settings.ts';
export { type StartedServices, type StartServicesOptions, startServices } from './start-services.ts';
