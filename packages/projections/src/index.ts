export { projectionMigrations } from './migrations.ts';
export type { Projection, ProjectionTransaction } from './projection.ts';
export type { ProjectionFailure, ProjectionRunner } from './projection-runner.ts';
export { type ProjectionOptions, startProjection } from './start-projection.ts';
