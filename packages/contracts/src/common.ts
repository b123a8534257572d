export {
  type DeadLetter,
  type DeadLetterOutcome,
  DeadLettersServiceService,
} from './gen/odst/common/v1/dead_letters.ts';
export * from './gen/odst/common/v1/events.ts';
export { type Projection, ProjectionsServiceService } from './gen/odst/common/v1/projections.ts';
