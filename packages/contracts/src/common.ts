export * from './gen/odst/common/v1/events.ts';
export { type Projection, ProjectionsServiceService } from './gen/odst/common/v1/projections.ts';
