export { translateDatabaseError } from '@odst/event-store-postgres';
export { type Backbone, type BackboneOptions, openBackbone } from './open-backbone.ts';
export { type ProvisionServiceOptions, provisionService } from './provision.ts';
export { serveProjections } from './serve-projections.ts';
export type { ServiceRuntime } from './service-runtime.ts';
export { type ProcessDeps, type ServiceProgram, startServiceProcess } from './start-service-process.ts';
