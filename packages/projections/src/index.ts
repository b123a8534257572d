export { projectionMigrations } from './migrations.ts';
export type { Projection, ProjectionTransaction } from './projection.ts';
export type { ProjectionFailure, ProjectionRunner } from './projection-runner.ts';
export type { ProjectionStatus, RebuildStatus } from './rebuild/rebuild-status.ts';
export { type Projections, type ProjectionsOptions, startProjections } from './start-projections.ts';
